// Reads from a request whether somebody outside, such as a rollout controller, sends it to one version by its fields. One object per
// snapshot, immutable; any worker. Allocates nothing per request.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Split;

public sealed class HeaderRoutes
{
    private readonly Route[] _routes;
    private readonly Dictionary<string, HeaderPattern> _patterns = []; // by expression

    private HeaderRoutes(IReadOnlyList<HeaderRoute> routes, Snapshot snapshot, HeaderRoutes? before) =>
        _routes = [.. routes.Select(route => Compile(route, snapshot, before))];

    /// <param name="before">Of the snapshot before, whose patterns go on: weights move far more often than rules.</param>
    /// <returns>Null: there are none.</returns>
    public static HeaderRoutes? Of(Snapshot snapshot, HeaderRoutes? before) =>
        snapshot.External is not { HeaderRoutes: { Count: > 0 } routes } ? null : new HeaderRoutes(routes, snapshot, before);

    /// <summary>Looks for the first route whose conditions all hold.</summary>
    /// <param name="canary">Place in the policy's list, or <see cref="Decision.Stable"/>.</param>
    /// <returns>False: there is none, or it leaves the request to the shares.</returns>
    public bool TryFind(RequestHead head, out int canary)
    {
        foreach (Route route in _routes)
        {
            if (route.Takes(head))
            {
                canary = route.Canary;
                return !route.IsSplit;
            }
        }

        canary = Decision.Stable;
        return false;
    }

    /// <summary>A version that the policy has not on trial, or leaves nothing by its own weight, is stable's: nobody outside opens what an operator closed.</summary>
    private Route Compile(HeaderRoute route, Snapshot snapshot, HeaderRoutes? before)
    {
        IReadOnlyList<CanarySettings> canaries = snapshot.Written.Canaries;
        int canary = Decision.Stable;
        for (int i = 0; i < canaries.Count; i++)
        {
            canary = canaries[i].Version == route.Version && canaries[i].Weight > 0 ? i : canary;
        }

        return new Route([.. route.Conditions.Select(Compile)], canary, IsSplit: route.Version is null);

        Condition Compile(HeaderCondition condition) => new(
            Encoding.ASCII.GetBytes(condition.Name), Encoding.UTF8.GetBytes(condition.Value), condition.IsPattern ? PatternOf(condition.Value, before) : null);
    }

    private HeaderPattern PatternOf(string expression, HeaderRoutes? before)
    {
        if (!_patterns.TryGetValue(expression, out HeaderPattern? pattern))
        {
            if (before?._patterns.TryGetValue(expression, out pattern) != true && HeaderPattern.Compile(expression, out pattern) is { } fault)
            {
                throw new ArgumentException($"{expression}: {fault}"); // whoever read the route has judged it
            }

            _patterns.Add(expression, pattern!);
        }

        return pattern!;
    }

    private sealed record Route(Condition[] Conditions, int Canary, bool IsSplit)
    {
        public bool Takes(RequestHead head)
        {
            foreach (Condition condition in Conditions)
            {
                if (!condition.Holds(head))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <param name="Pattern">Null: the value is <paramref name="Value"/>, byte by byte.</param>
    private sealed record Condition(byte[] Name, byte[] Value, HeaderPattern? Pattern)
    {
        /// <summary>Several lines of the name are one value, joined by a comma and a blank (RFC 9110 5.3).</summary>
        public bool Holds(RequestHead head)
        {
            bool isThere = false;
            int state = HeaderPattern.Start;
            ReadOnlySpan<byte> left = Value;
            for (int i = 0; i < head.Fields.Count; i++)
            {
                ref readonly Field field = ref head.Fields[i];
                if (field.NameLength != Name.Length || !Ascii.EqualsIgnoreCase(head.Name(field), Name))
                {
                    continue;
                }

                if ((isThere && !Goes(", "u8, ref left, ref state)) || !Goes(head.Value(field), ref left, ref state))
                {
                    return false;
                }

                isThere = true;
            }

            return isThere && (Pattern?.IsEnd(state) ?? left.IsEmpty);
        }

        /// <summary>Goes on with more of the field's value. False: it is another one.</summary>
        private bool Goes(ReadOnlySpan<byte> more, ref ReadOnlySpan<byte> left, ref int state)
        {
            if (Pattern is not null)
            {
                state = Pattern.Walk(state, more);
                return state != HeaderPattern.Lost;
            }

            bool isSame = left.StartsWith(more);
            left = isSame ? left[more.Length..] : left;
            return isSame;
        }
    }
}
