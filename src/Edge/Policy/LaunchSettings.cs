// What flags and environment say. They stand for keys of edge.yaml, so they become the same tree and pass through the same
// reader: one set of rules and messages for both. Control thread.

namespace OpenClaw.Edge.Policy;

/// <summary>Flags and environment as they were given; null or empty where they were not. Nothing is validated yet.</summary>
public sealed record LaunchSettings
{
    public const string ConfigVariable = "EDGE_CONFIG";
    public const string PolicyVariable = "POLICY_PATH";

    public string? ConfigFlag { get; init; }
    public string? ConfigFromEnvironment { get; init; }

    /// <summary>Read if it exists and nothing else was named.</summary>
    public string DefaultConfigFile { get; init; } = "/etc/openclaw/edge.yaml";

    public string? PolicyFlag { get; init; }
    public string? PolicyFromEnvironment { get; init; }

    /// <summary><c>http://HOST:PORT</c>, <c>https://HOST:PORT</c> or <c>unix:/PATH</c>; replaces <c>listeners</c>.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>Goes with <see cref="KeyFiles"/> pair by pair.</summary>
    public IReadOnlyList<string> CertFiles { get; init; } = [];

    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary><c>NAME=URL[,URL...]</c>; replaces <c>versions</c>, and the first is stable.</summary>
    public IReadOnlyList<string> Upstreams { get; init; } = [];

    /// <summary><c>HOST:PORT</c> or <c>none</c>.</summary>
    public string? Admin { get; init; }

    public string? Workers { get; init; }

    /// <summary>URL of a Kubernetes API server.</summary>
    public string? KubeApi { get; init; }

    /// <summary><c>KUBERNETES_SERVICE_HOST</c> and <c>KUBERNETES_SERVICE_PORT</c>, which a kubelet sets in every pod; counts where nothing else names an API server.</summary>
    public (string? Host, string? Port) KubeService { get; init; }

    public string? AccessLog { get; init; }

    /// <summary>Null: this is no pod.</summary>
    internal Uri? ApiOfThisCluster =>
        KubeService is { Host: { Length: > 0 } host, Port: { Length: > 0 } port } && Uri.TryCreate($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}", UriKind.Absolute, out Uri? api)
            ? api : null;

    /// <summary>The keys of edge.yaml that were given this way.</summary>
    internal MappingNode ToTree(Findings findings)
    {
        MappingNode root = new MappingNode(Place.Of("command line"));
        AddListeners(root, findings);
        AddVersions(root, findings);
        if (PolicyFlag is not null)
        {
            Set(root, "policy", Value("--policy", PolicyFlag));
        }
        else if (!string.IsNullOrEmpty(PolicyFromEnvironment))
        {
            Set(root, "policy", Value(PolicyVariable, PolicyFromEnvironment));
        }

        if (Admin == "none")
        {
            Set(root, "admin", Value("--admin", Admin));
        }
        else if (Admin is not null)
        {
            Set(root, "admin", Mapping("--admin", ("address", Value("--admin", Admin))));
        }

        if (Workers is not null)
        {
            Set(root, "workers", Value("--workers", Workers));
        }

        if (KubeApi is not null)
        {
            Set(root, "kubernetes", Mapping("--kube-api", ("api", Value("--kube-api", KubeApi))));
        }

        if (AccessLog is not null)
        {
            Set(root, "accessLog", Mapping("--access-log", ("path", Value("--access-log", AccessLog))));
        }

        return root;
    }

    private void AddListeners(MappingNode root, Findings findings)
    {
        const string flag = "--listen";
        SequenceNode listeners = new SequenceNode(Place.Of(flag), []);
        bool tlsSeen = false;
        foreach (string url in Listen)
        {
            bool tls = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
            bool http = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
            tlsSeen |= tls;
            if (!tls && !http && !url.StartsWith("unix:", StringComparison.Ordinal))
            {
                const string advice = "write http://0.0.0.0:8080, https://0.0.0.0:8443 or unix:/run/openclaw.sock";
                findings.Error(listeners.Place, $"{Wording.Show(url)} is no place to listen on; {advice}");
                continue;
            }

            string address = tls || http ? url[(tls ? 8 : 7)..] : url;
            if (!address.StartsWith("unix:", StringComparison.Ordinal) && address.EndsWith('/'))
            {
                address = address[..^1];
            }

            MappingNode listener = Mapping(flag, ("address", Value(flag, address)));
            if (tls && CertFiles.Count > 0 && CertFiles.Count == KeyFiles.Count)
            {
                Set(listener, "tls", Mapping("--cert", ("certificates", Certificates())));
            }

            if (tls && CertFiles.Count == 0 && KeyFiles.Count == 0)
            {
                findings.Error(listeners.Place, $"{Wording.Show(url)} needs a certificate; add --cert FILE --key FILE");
            }

            listeners.Items.Add(listener);
        }

        if (Listen.Count > 0)
        {
            Set(root, "listeners", listeners.Items.Count > 0 ? listeners : new UnusableNode(listeners.Place));
        }

        if (CertFiles.Count != KeyFiles.Count)
        {
            findings.Error(Place.Of("--cert"), $"{CertFiles.Count} of --cert, {KeyFiles.Count} of --key; each certificate comes with its key");
        }
        else if (CertFiles.Count > 0 && !tlsSeen)
        {
            findings.Error(Place.Of("--cert"), "no --listen https://HOST:PORT uses it");
        }
    }

    private SequenceNode Certificates()
    {
        SequenceNode pairs = new SequenceNode(Place.Of("--cert"), []);
        foreach ((string cert, string key) in CertFiles.Zip(KeyFiles))
        {
            pairs.Items.Add(Mapping("--cert", ("certFile", Value("--cert", cert)), ("keyFile", Value("--key", key))));
        }

        return pairs;
    }

    private void AddVersions(MappingNode root, Findings findings)
    {
        const string flag = "--upstream";
        MappingNode versions = new MappingNode(Place.Of(flag));
        foreach (string upstream in Upstreams)
        {
            int equals = upstream.IndexOf('=');
            string name = equals < 0 ? "" : upstream[..equals];
            if (name == "" || name.Contains("://", StringComparison.Ordinal))
            {
                findings.Error(versions.Place, $"{Wording.Show(upstream)} names no version; write v1=http://127.0.0.1:9001");
                continue;
            }

            SequenceNode endpoints = new SequenceNode(versions.Place, []);
            foreach (string url in upstream[(equals + 1)..].Split(','))
            {
                endpoints.Items.Add(Value(flag, url));
            }

            versions.Add(name, versions.Place, Mapping(flag, ("endpoints", endpoints)), findings);
        }

        if (Upstreams.Count == 0)
        {
            return;
        }

        Set(root, "versions", versions.Entries.Count > 0 ? versions : new UnusableNode(versions.Place));
        Set(root, "stable", versions.Entries.Count > 0 ? Value(flag, versions.Entries[0].Key) : new UnusableNode(versions.Place));
    }

    private static ScalarNode Value(string flag, string text) => new(Place.Of(flag), text);

    private static MappingNode Mapping(string flag, params ReadOnlySpan<(string Key, Node Value)> entries)
    {
        MappingNode mapping = new MappingNode(Place.Of(flag));
        foreach ((string key, Node value) in entries)
        {
            Set(mapping, key, value);
        }

        return mapping;
    }

    private static void Set(MappingNode mapping, string key, Node value) => mapping.Set(new Entry(key, value.Place, value));
}

/// <summary>What only flags can say; no key of any file.</summary>
/// <param name="StateDir">Where what must survive a restart is kept; null: nowhere.</param>
public sealed record RunOptions(string? StateDir, LogFormat LogFormat);

/// <summary>The form of the process' own log lines.</summary>
public enum LogFormat { Text, Json }
