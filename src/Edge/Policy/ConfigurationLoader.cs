// One load: both files, flags and environment in, a compiled snapshot or every fault out.
// Control thread; keeps nothing between loads but where to look. Never throws for bad input.

namespace OpenClaw.Edge.Policy;

/// <summary>What a load found.</summary>
/// <param name="Snapshot">Null exactly when there are <paramref name="Faults"/>.</param>
/// <param name="Faults">Every error, file by file, line by line.</param>
/// <param name="Warnings">What does not stop the load.</param>
/// <param name="Files">Every file whose change asks for another load: both configuration files, certificates, keys, CAs.</param>
public sealed record LoadResult(
    Snapshot? Snapshot, IReadOnlyList<Fault> Faults, IReadOnlyList<Fault> Warnings, IReadOnlyList<WatchedFile> Files)
{
    /// <summary>A reload was asked for, and every file holds what it held.</summary>
    public bool Unchanged { get; init; }

    /// <summary>The policy file that is named, whether it was read or a copy was in its place; null: none is named.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Of the policy that was read, file or copy (<see cref="WatchedFile.Digest"/>, <see cref="PolicyCopy.Digest"/>).</summary>
    public string PolicyDigest { get; init; } = "";
}

public sealed class ConfigurationLoader
{
    /// <summary>What the stable version is called where there is no edge.yaml to name it.</summary>
    public const string UnknownStable = "stable";

    private readonly LaunchSettings _launch;
    private readonly string? _configPath;
    private readonly Place _configOrigin;

    /// <summary>Settles here which edge.yaml is meant, so that one that vanishes later is missed and not passed over.</summary>
    public ConfigurationLoader(LaunchSettings launch)
    {
        _launch = launch;
        (_configPath, string origin) = launch switch
        {
            { ConfigFlag: { } path } => (path, "--config"),
            { ConfigFromEnvironment: { Length: > 0 } path } => (path, LaunchSettings.ConfigVariable),
            _ when File.Exists(launch.DefaultConfigFile) => (launch.DefaultConfigFile, "default configuration"),
            _ => (null, "command line"),
        };
        _configOrigin = Place.Of(origin);
    }

    /// <summary>Keys without effect are errors instead of warnings.</summary>
    public bool Strict { get; init; }

    /// <summary>Further checks of settings that are right in themselves, such as whether a certificate fits its key.</summary>
    public Func<EdgeSettings, IEnumerable<Fault>>? Check { get; init; }

    public LoadResult Load(TimeProvider time) => Load(time.GetTimestamp());

    /// <param name="noticedAt">When the change that asks for this load was noticed (<see cref="TimeProvider.GetTimestamp"/>).</param>
    /// <param name="copy">The policy from elsewhere; the policy file is then not looked at.</param>
    public LoadResult Load(long noticedAt, PolicyCopy? copy = null)
    {
        Findings findings = new Findings(Strict);
        List<WatchedFile> files = new List<WatchedFile>();
        MappingNode flags = _launch.ToTree(findings);
        MappingNode? tree = ReadTree(flags, findings, files);
        EdgeSettings? edge = null;
        if (tree is not null)
        {
            Section root = new Section(tree, tree.Place, findings);
            edge = EdgeDocument.Read(root);
            edge = edge with { Kubernetes = edge.Kubernetes with { Api = edge.Kubernetes.Api ?? _launch.ApiOfThisCluster } };
            root.ReportUnknown();
            files.AddRange(FilesNamedBy(edge).Distinct().Select(WatchedFile.Now));
        }

        bool edgeIsFine = !findings.HasErrors;
        Node? named = (tree ?? flags).Find("policy")?.Value;
        (RolloutPolicy rollout, Secrets secrets, string digest) = ReadPolicy(edge, named, copy, findings, files);
        if (edgeIsFine && Check is not null)
        {
            foreach (Fault fault in Check(edge!))
            {
                findings.Add(fault);
            }
        }

        Snapshot? snapshot = findings.HasErrors ? null : new Snapshot(edge!, rollout, "sha256:" + digest, noticedAt) { SessionKeys = secrets.Sessions, FeedbackKeys = secrets.Feedback };
        return new LoadResult(snapshot, findings.Of(Severity.Error), findings.Of(Severity.Warning), files) { PolicyFile = PathOf(named), PolicyDigest = digest };
    }

    /// <summary>
    /// A policy by itself, for verbs that serve nobody: the versions it names are taken at their word, and stand in the snapshot
    /// without an endpoint beside one called <see cref="UnknownStable"/>.
    /// </summary>
    /// <param name="origin">The flag or variable that named the file.</param>
    public static LoadResult LoadPolicy(string path, string origin)
    {
        Findings findings = new(strict: false);
        List<WatchedFile> files = [];
        (RolloutPolicy rollout, Secrets secrets, string digest) = ReadPolicy(null, new ScalarNode(Place.Of(origin), path), null, findings, files);
        Snapshot? snapshot = findings.HasErrors ? null : new Snapshot(EdgeAround(rollout), rollout, "sha256:" + digest, NoticedAt: 0) { SessionKeys = secrets.Sessions, FeedbackKeys = secrets.Feedback };
        return new LoadResult(snapshot, findings.Of(Severity.Error), findings.Of(Severity.Warning), files);
    }

    /// <summary>An edge that has nothing but the versions which a policy names, and one called <see cref="UnknownStable"/>.</summary>
    public static EdgeSettings EdgeAround(RolloutPolicy rollout)
    {
        string[] names = [UnknownStable, .. rollout.Canaries.Select(canary => canary.Version)];
        return new EdgeSettings { Listeners = [], Versions = [.. names.Select(name => new VersionSettings { Name = name, Endpoints = [] })], Stable = UnknownStable };
    }

    /// <summary>edge.yaml with the flags laid over it; the flags alone without one; null when it is there and cannot be read.</summary>
    private MappingNode? ReadTree(MappingNode flags, Findings findings, List<WatchedFile> files)
    {
        if (_configPath is null)
        {
            return flags;
        }

        byte[]? bytes = ConfigurationFile.Read(_configPath, _configOrigin, findings);
        files.Add(new WatchedFile(_configPath, bytes is null ? "" : ConfigurationFile.Digest(bytes)));
        if (bytes is null || YamlTree.Read(_configPath, bytes, findings) is not { } tree)
        {
            return null;
        }

        LayOver(tree, flags);
        return tree;
    }

    /// <summary>Lists of listeners and versions are replaced whole; of admin, accessLog and kubernetes only the key that the flag names.</summary>
    private static void LayOver(MappingNode below, MappingNode above)
    {
        foreach (Entry entry in above.Entries)
        {
            if (entry.Key is "admin" or "accessLog" or "kubernetes" && entry.Value is MappingNode nested && below.Find(entry.Key)?.Value is MappingNode existing)
            {
                LayOver(existing, nested);
            }
            else
            {
                below.Set(entry);
            }
        }
    }

    /// <param name="named">The value of <c>policy</c>, whose place tells who named the file.</param>
    /// <param name="copy">What counts instead of the file.</param>
    private static (RolloutPolicy Rollout, Secrets Secrets, string Digest) ReadPolicy(EdgeSettings? edge, Node? named, PolicyCopy? copy, Findings findings, List<WatchedFile> files)
    {
        (RolloutPolicy, Secrets, string) none = (RolloutPolicy.AllToStable, default, ConfigurationFile.Digest([]));
        if (copy is not null)
        {
            return ReadPolicy(edge, copy, findings, files);
        }

        if (named is null && edge is not null)
        {
            const string how = $"--policy, {LaunchSettings.PolicyVariable} or policy: in edge.yaml";
            findings.Warning(Place.Of("policy"), $"none is named ({how}); every request goes to {(edge.Stable.Length > 0 ? edge.Stable : "stable")}");
        }

        if (PathOf(named) is not { } path)
        {
            return none;
        }

        PolicyCopy file = new(path, ConfigurationFile.Read(path, named!.Place, findings));
        files.Add(new WatchedFile(path, file.Digest));
        return ReadPolicy(edge, file, findings, files);
    }

    private static (RolloutPolicy Rollout, Secrets Secrets, string Digest) ReadPolicy(EdgeSettings? edge, PolicyCopy copy, Findings findings, List<WatchedFile> files)
    {
        if (copy.Problem is { } problem)
        {
            findings.Error(Place.Of(copy.Name), problem);
        }

        if (copy.Bytes is null || YamlTree.Read(copy.Name, copy.Bytes, findings) is not { } tree)
        {
            return (RolloutPolicy.AllToStable, default, copy.Digest);
        }

        Section root = new Section(tree, tree.Place, findings);
        RolloutPolicy rollout = PolicyDocument.Read(root, edge?.Versions.Count > 0 ? edge : null, findings);
        root.ReportUnknown();
        SigningKeys? sessions = ReadKeys(rollout.Stickiness is { HashOf: null, KeyFile: { } cookies } ? cookies : null, tree, ["stickiness"], findings, files);
        SigningKeys? feedback = ReadKeys(rollout.Rating.Feedback?.KeyFile, tree, ["rating", "feedback"], findings, files);
        return (rollout, new Secrets(sessions, feedback), copy.Digest);
    }

    /// <summary>The path that a value of <c>policy</c> names; null: it names none.</summary>
    private static string? PathOf(Node? named) => named is ScalarNode { IsNull: false, Text: { Length: > 0 } path } ? path : null;

    /// <param name="path">Null: none is named.</param>
    /// <param name="mappings">On the way to the <c>keyFile</c> that names it.</param>
    private static SigningKeys? ReadKeys(string? path, MappingNode tree, string[] mappings, Findings findings, List<WatchedFile> files)
    {
        if (path is null)
        {
            return null;
        }

        foreach (string mapping in mappings)
        {
            tree = (MappingNode)tree.Find(mapping)!.Value;
        }

        Place named = tree.Find("keyFile")!.Value.Place;
        byte[]? bytes = ConfigurationFile.Read(path, named, findings);
        files.Add(new WatchedFile(path, bytes is null ? "" : ConfigurationFile.Digest(bytes)));
        if (bytes is null)
        {
            return null;
        }

        if (SigningKeys.Read(bytes, out SigningKeys keys) is { } problem)
        {
            findings.Error(named, $"{Wording.Show(path)} {problem}");
        }

        return keys;
    }

    /// <summary>What signs, and never stands in a policy itself.</summary>
    private readonly record struct Secrets(SigningKeys? Sessions, SigningKeys? Feedback);

    private static IEnumerable<string> FilesNamedBy(EdgeSettings edge)
    {
        foreach (ListenerSettings listener in edge.Listeners)
        {
            foreach (CertificatePath pair in listener.Tls?.Certificates ?? [])
            {
                yield return pair.CertFile;
                yield return pair.KeyFile;
            }
        }

        foreach (VersionSettings version in edge.Versions)
        {
            if (version.Tls.CaFile is { } ca)
            {
                yield return ca;
            }

            if (version.Tls.CertFile is { } cert)
            {
                yield return cert;
            }

            if (version.Tls.KeyFile is { } key)
            {
                yield return key;
            }
        }
    }
}
