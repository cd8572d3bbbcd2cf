// Where a Rollout stands: the parts of its spec and status that weights and releases follow from. The watch's thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class RolloutState
{
    private const int HashMax = 63; // a label's value

    private readonly ObjectPart _root;
    private readonly TrafficQuestion _question;
    private readonly ObjectPart? _canary; // spec.strategy.canary
    private readonly ObjectPart? _weights; // status.canary.weights
    private readonly string _current; // hash of the template that is to be the next, or is the only one
    private readonly string _stable; // hash of the template that was declared stable; "": none was yet
    private readonly bool _isAborted;

    public RolloutState(ObjectPart root, TrafficQuestion question)
    {
        _root = root;
        _question = question;
        _canary = root.Mapping("spec")?.Mapping("strategy")?.Mapping("canary");
        ObjectPart? status = root.Mapping("status");
        _weights = status?.Mapping("canary")?.Mapping("weights");
        _current = Hash(status, "currentPodHash");
        _stable = Hash(status, "stableRS");
        _isAborted = status?.Switch("abort") ?? false;
    }

    /// <summary>Nothing is on trial: the only template there is, or none yet.</summary>
    private bool IsSettled => _stable == "" || _stable == _current;

    /// <summary>By version; empty with a refusal.</summary>
    public IReadOnlyDictionary<string, double> Shares(List<string> notes)
    {
        WeightSum sum = new(_question);
        CheckService("canaryService", isCanary: true);
        CheckService("stableService", isCanary: false);
        if (_canary is null)
        {
            _root.Refuse("spec.strategy.canary", "is absent; only a canary rollout has weights, blueGreen switches all traffic by its Services");
        }
        else if (_isAborted && !_canary.Switch("dynamicStableScale"))
        {
            notes.Add("status.abort: the rollout was aborted; the canaries get nothing, whatever the weights still are");
        }
        else if (_weights is not null)
        {
            Add(sum, "canary", isCanary: true);
            Add(sum, "stable", isCanary: false);
            AddOthers(sum, notes);
            if (sum.IsZero)
            {
                notes.Add($"{_weights.Place}: every weight is 0; the canaries get nothing");
            }
        }
        else if (!IsSettled)
        {
            _root.Refuse("status.canary.weights", "is absent, as Argo Rollouts writes it only under spec.strategy.canary.trafficRouting; name a router there (without a Gateway API plugin nginx will do)");
        }

        return sum.Shares;
    }

    /// <summary>
    /// By version, the hash of its template. The canary's is the one that the weight was set for: when a template changes in the middle of a trial,
    /// or moves back with dynamicStableScale, the new hash stands in the status while requests still go to the old pods.
    /// </summary>
    public IReadOnlyDictionary<string, string> Releases()
    {
        Dictionary<string, string> releases = [];
        string hash = HashOf("canary") is { Length: > 0 } weighted ? weighted : _current;
        string? version = _weights?.Mapping("canary")?.Text("serviceName") is { Length: > 0 } service ? _question.VersionOf(service)
            : _canary?.Text("canaryService") is { } named ? _question.VersionOf(named)
            : _question.Canaries.Count == 1 ? _question.Canaries[0] : null;
        if (version is not null && version != _question.Stable && hash != "")
        {
            releases[version] = hash;
        }

        if (_stable != "")
        {
            releases[_question.Stable] = _stable;
        }

        return releases;
    }

    private string HashOf(string destination) => Hash(_weights?.Mapping(destination), "podTemplateHash");

    /// <summary>The value of a label of pods, and so bounded and of plain signs; it goes into the log, the guard's file and onto pages.</summary>
    private static string Hash(ObjectPart? part, string name)
    {
        string hash = part?.Text(name) ?? "";
        if (hash.Length > HashMax || !hash.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            part!.Refuse(name, $"{Wording.Show(hash)} is no hash of a pod template; those are of letters, digits, -, _ and ., {HashMax} at most");
        }

        return hash;
    }

    private void Add(WeightSum sum, string name, bool isCanary)
    {
        ObjectPart? destination = _weights!.Mapping(name);
        if (destination is null)
        {
            _weights.Refuse(name, "is absent; it has a weight");
            return;
        }

        string service = destination.Text("serviceName") ?? _canary!.Text(name + "Service") ?? "";
        string? version = Check(destination, "serviceName", service, isCanary);
        sum.Add(version, WeightOf(destination));
    }

    /// <summary>So that a wrong name shows at the installation, and not with the first release.</summary>
    private void CheckService(string name, bool isCanary)
    {
        if (_canary?.Text(name) is { } service)
        {
            Check(_canary, name, service, isCanary);
        }
    }

    /// <returns>The version behind the Service; a stable Service may be nobody's, since what is no canary's is stable's.</returns>
    private string? Check(ObjectPart part, string name, string service, bool isCanary)
    {
        string? version = _question.VersionOf(service);
        if (isCanary ? version is null || version == _question.Stable : version is not null && version != _question.Stable)
        {
            string found = service == "" ? "is absent" : Wording.Show(service) + (version is null ? " is no version of this edge" : $" is the Service of {version}, which is {(isCanary ? "the stable version" : "a canary")} here");
            part.Refuse(name, $"{found}; {_question.Wanted} were looked for, and weightFrom.services can name others");
        }

        return version;
    }

    /// <summary>Experiments.</summary>
    private void AddOthers(WeightSum sum, List<string> notes)
    {
        foreach (ObjectPart other in _weights!.Mappings("additional"))
        {
            string service = other.Text("serviceName") ?? "";
            string? version = _question.VersionOf(service);
            long weight = WeightOf(other);
            sum.Add(version, weight);
            if (version is null && weight > 0)
            {
                notes.Add($"{other.Place}: {Wording.Show(service)} is no version of this edge, so its weight of {weight} goes to {_question.Stable}");
            }
        }
    }

    private static long WeightOf(ObjectPart destination)
    {
        if (destination.Find("weight") is null)
        {
            destination.Refuse("weight", "is absent");
        }

        return destination.Count("weight", int.MaxValue) ?? 0;
    }
}
