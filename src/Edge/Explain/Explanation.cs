// The way of one request through the rules, in their order, in words. The verdicts are the live edge's own (Selector, Overrides,
// Sessions); only the words are made here. Main thread; draws no position and no token of anybody.

using System.Globalization;
using System.Net;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Explain;

/// <summary>The rules in their order; the last one always decides.</summary>
internal enum Rule : byte { Abort, Guard, Unhealthy, Override, Sticky, Split }

/// <param name="found">What was looked at, and what was found.</param>
internal sealed class Step(Rule rule, string found)
{
    public Rule Rule => rule;

    public string Found => found;
}

internal sealed class Explanation
{
    private readonly Snapshot _snapshot;
    private readonly uint _usable;
    private readonly List<Step> _steps = [];

    /// <param name="usable">Bit i: canary i may take traffic.</param>
    /// <param name="hasEdge">False: the stable version's name is made up, so that places of sessions are not those of an edge.</param>
    public Explanation(Snapshot snapshot, Caller caller, uint usable, bool hasEdge)
    {
        _snapshot = snapshot;
        _usable = usable;
        Choice choice = Choose(caller);
        Decides = Decider(choice);
        Decision = choice.Decision;
        _steps.Add(new Step(Rule.Abort, Policy.Abort ? "abort: true in the policy" : "the policy does not say abort: true"));
        _steps.Add(new Step(Rule.Guard, "no file says whether a canary is out; a running edge does, on /status"));
        _steps.Add(new Step(Rule.Unhealthy, Health()));
        _steps.Add(new Step(Rule.Override, OverrideWords(caller)));
        _steps.Add(new Step(Rule.Sticky, SessionWords(caller, hasEdge)));
        _steps.Add(new Step(Rule.Split, "the share and its cap: whoever comes here is decided by its position"));
    }

    /// <summary>Every rule up to the one that decides, and what it found.</summary>
    public IEnumerable<Step> Steps => _steps.TakeWhile(step => step.Rule <= Decides);

    public Rule Decides { get; }

    /// <summary>What the rule says with a full bucket; of <see cref="Rule.Split"/> no more than an example.</summary>
    public Decision Decision { get; }

    private RolloutPolicy Policy => _snapshot.Rollout;

    private string Stable => Wording.Show(_snapshot.Edge.Stable);

    /// <summary>Version and reason, in one line.</summary>
    public string Result()
    {
        if (Decides == Rule.Split)
        {
            return Position();
        }

        string reason = Reasons.Label(Decision.Reason);
        return !Decision.ToCanary ? $"{Stable}, reason {reason}"
            : Policy.Bucket is { } bucket ? $"{Name(Decision.Canary)}, reason {reason}, drawing a token ({Describe(bucket)}); without one {Stable}, reason spilled"
            : $"{Name(Decision.Canary)}, reason {reason}";
    }

    /// <summary>Asks the rules themselves, before a split that nobody uses and a bucket that is full.</summary>
    private Choice Choose(Caller caller)
    {
        Snapshot full = _snapshot with { Rollout = Policy with { Bucket = Policy.Bucket is { } bucket ? bucket with { StartsEmpty = false } : null } };
        return new Selector(full, Splitter.Create(full.Rollout, previous: null, workers: 1, now: 0)).Select(caller, _usable, tripped: 0, worker: 0, now: 0);
    }

    private Rule Decider(in Choice choice) =>
        choice.Decision.Reason == Reason.Abort ? Rule.Abort
        : choice.Override == OverrideFound.Applied ? Rule.Override
        : choice.Session == SessionFound.Kept ? Rule.Sticky
        : choice.Decision.Reason == Reason.Unhealthy && _usable == 0 ? Rule.Unhealthy
        : Rule.Split;

    private string Health()
    {
        if (Policy.Canaries.Count == 0)
        {
            return "the policy has no canary";
        }

        string[] down = [.. Policy.Canaries.Where((_, i) => !IsUsable(i)).Select(canary => Wording.Show(canary.Version))];
        return down.Length == 0 ? "no canary is said to be unhealthy"
            : down.Length == Policy.Canaries.Count ? $"no canary may take traffic: {string.Join(", ", down)}"
            : $"{string.Join(", ", down)} may take no traffic, but others may";
    }

    private string OverrideWords(Caller caller)
    {
        (OverrideRule? header, OverrideRule? cookie) = (Policy.Overrides.Header, Policy.Overrides.Cookie);
        if (header is null && cookie is null)
        {
            return "the policy has no overrides";
        }

        string[] looked =
        [
            .. header is null ? Array.Empty<string>() : [$"header {header.Name}: {Value(caller.Head.FirstValue(Encoding.ASCII.GetBytes(header.Name)))}"],
            .. cookie is null ? Array.Empty<string>() : [$"cookie {cookie.Name}: {CookieValue(caller, cookie.Name)}"],
        ];
        string verdict = new Overrides(_snapshot).Find(caller, out int canary) switch
        {
            OverrideFound.Applied when canary >= 0 && !IsUsable(canary) => $"asks for {Name(canary)}, which may take no traffic",
            OverrideFound.Applied => $"asks for {Name(canary)}",
            OverrideFound.Untrusted => $"{Client(caller)} may not ask (trustedCidrs): passed over",
            OverrideFound.Unknown => "no version of this rollout, always or never: passed over",
            _ => "asks for nothing",
        };
        return $"{string.Join("; ", looked)}; {verdict}";
    }

    private string SessionWords(Caller caller, bool hasEdge)
    {
        if (Policy.Stickiness is not { } settings || Policy.Canaries.Count == 0)
        {
            return Policy.Stickiness is null ? "the policy has no stickiness" : "without a canary no session has a place";
        }

        SessionFound found = new Sessions(_snapshot, before: null).Find(caller, out int canary, out _);
        bool ownKey = settings.HashOf is null && settings.KeyFile is null;
        string looked = settings.HashOf switch
        {
            null => $"cookie {settings.CookieName}: {CookieValue(caller, settings.CookieName)}",
            { Kind: KeySourceKind.Header, Name: var name } => $"header {name}: {Value(caller.Head.FirstValue(Encoding.ASCII.GetBytes(name)))}",
            { Kind: KeySourceKind.Cookie, Name: var name } => $"cookie {name}: {CookieValue(caller, name)}",
            _ => Client(caller),
        };
        string verdict = found switch
        {
            SessionFound.Kept when canary >= 0 && !IsUsable(canary) => $"its place is {Name(canary)}, which may take no traffic",
            SessionFound.Kept when settings.DrainsAtZero && canary < 0 && Policy.Canaries.Any(one => one.Weight == 0) =>
                $"its place is {Stable}, unless a running edge remembers it on a canary that drains (onWeightZero: drain)",
            SessionFound.Kept => $"its place is {Name(canary)}",
            SessionFound.Forged when ownKey => "signed with a key that an edge made for itself cannot be checked here (no stickiness.keyFile): taken for a stranger's",
            SessionFound.Forged => "no key of stickiness.keyFile signed it: passed over",
            SessionFound.Malformed => "not written by an edge: passed over",
            SessionFound.Foreign => "signed, but for another rollout (other versions, or in another order): passed over",
            _ => "no session yet",
        };
        bool byName = !hasEdge && (settings.HashOf is null ? found == SessionFound.Foreign : settings.Salt is null && found == SessionFound.Kept);
        return $"{looked}; {verdict}{(byName ? "; places go by the name of the stable version, so give --config" : "")}";
    }

    /// <summary>What the split does with requests of which nothing else is known.</summary>
    private string Position()
    {
        if (Policy.CanaryWeight == 0)
        {
            return $"{Stable}, reason stable: {(Policy.Canaries.Count == 0 ? "there is no canary" : "the canary's weight is 0")}";
        }

        string turns = string.Join(" and ", Policy.Canaries.Select((canary, i) =>
            $"{Frequency(canary.Weight)} to {(IsUsable(i) ? Name(i) : $"{Stable} instead of {Name(i)}, reason unhealthy")}"));
        string token = Policy.Bucket is { } bucket ? $", each drawing a token; {Describe(bucket)}" : "; no bucket";
        return $"position decides: {turns}{token}; reason weight, stable{(Policy.Bucket is null ? "" : " or spilled")}" +
            (Policy.Stickiness is { HashOf: null } ? "; a session begins, and keeps the place" : "");
    }

    /// <summary>1 of 20 where that is exact, else a percentage.</summary>
    private static string Frequency(double weight)
    {
        double every = Math.Round(1 / weight);
        return weight > 0 && Math.Abs(weight * every - 1) < 1e-9
            ? $"1 of {every.ToString("0", CultureInfo.InvariantCulture)} requests"
            : $"{Wording.Show(weight * 100)} % of the requests";
    }

    private bool IsUsable(int canary) => (_usable >> canary & 1) != 0;

    private string Name(int canary) => canary < 0 ? Stable : Wording.Show(Policy.Canaries[canary].Version);

    private static string Describe(BucketSettings bucket) => $"bucket {Wording.Show(bucket.Capacity)}, refill {Wording.Show(bucket.RefillRate)}/s";

    private string Client(Caller caller)
    {
        if (!caller.TryGetAddress(new NetworkSet(_snapshot.Edge.TrustedNetworks), out NetworkAddress address))
        {
            return "a client without an address (--client)";
        }

        Span<byte> bytes = stackalloc byte[NetworkAddress.BytesMax];
        return $"client {new IPAddress(bytes[..address.Write(bytes)])}";
    }

    private static string CookieValue(Caller caller, string name) =>
        Value(new CookieReader(caller.Head, Encoding.ASCII.GetBytes(name)).TryNext(out ReadOnlySpan<byte> value) ? value : default);

    private static string Value(ReadOnlySpan<byte> value) => value.IsEmpty ? "not there" : Wording.Show(Encoding.Latin1.GetString(value));
}
