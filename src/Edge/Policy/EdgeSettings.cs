// What edge.yaml says, validated and with every default filled in. Immutable; built on the control thread,
// read by anyone. Live state (pools, counters, levels) never stands here.

using System.Net;

namespace OpenClaw.Edge.Policy;

/// <summary>The validated content of edge.yaml (plus flags and environment, which stand for the same keys).</summary>
public sealed record EdgeSettings
{
    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    /// <summary>Side port, or null when switched off (<c>--admin none</c>).</summary>
    public AdminSettings? Admin { get; init; }

    /// <summary>0: from CPU affinity and cgroup quota.</summary>
    public int Workers { get; init; }

    /// <summary>In the order of the file; never empty.</summary>
    public required IReadOnlyList<VersionSettings> Versions { get; init; }

    /// <summary>Name of the stable version; always one of <see cref="Versions"/>.</summary>
    public required string Stable { get; init; }

    /// <summary>Path of policy.yaml, or null: everything goes to stable.</summary>
    public string? PolicyPath { get; init; }

    public LimitSettings Limits { get; init; } = new();
    public TimeoutSettings Timeouts { get; init; } = new();

    /// <summary>Networks whose X-Forwarded-*, Forwarded and X-Request-Id are believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedNetworks { get; init; } = [];

    public FieldSettings Fields { get; init; } = new();
    public AccessLogSettings AccessLog { get; init; } = new();
    public KubernetesSettings Kubernetes { get; init; } = new();
}

/// <summary>One place to listen on. Exactly one of <see cref="EndPoint"/> and <see cref="UnixPath"/> is set.</summary>
public sealed record ListenerSettings
{
    public IPEndPoint? EndPoint { get; init; }
    public string? UnixPath { get; init; }
    public bool RedirectToHttps { get; init; }

    /// <summary>Null: plaintext.</summary>
    public TlsListenerSettings? Tls { get; init; }
}

public sealed record CertificatePath(string CertFile, string KeyFile);

public sealed record TlsListenerSettings
{
    /// <summary>Chosen by SNI; the first is the default. Never empty.</summary>
    public required IReadOnlyList<CertificatePath> Certificates { get; init; }

    public bool AllowTls12 { get; init; } = true;
}

public sealed record AdminSettings(IPEndPoint EndPoint, string? TokenFile);

/// <summary>A named group of endpoints that run the same release.</summary>
public sealed record VersionSettings
{
    public required string Name { get; init; }
    public required IReadOnlyList<EndpointSettings> Endpoints { get; init; }
    public UpstreamTlsSettings Tls { get; init; } = new();
    public RetrySettings Retry { get; init; } = new();
    public PoolSettings Pool { get; init; } = new();
    public UpstreamTimeoutSettings Timeouts { get; init; } = new();
}

/// <summary>One address: a host name or IP literal with its port and scheme, as written.</summary>
public sealed record EndpointSettings(string Host, int Port, bool IsTls);

public sealed record UpstreamTlsSettings
{
    public string? CaFile { get; init; }
    public string? CertFile { get; init; }
    public string? KeyFile { get; init; }

    /// <summary>Name for SNI and verification; null: the endpoint's host.</summary>
    public string? ServerName { get; init; }
}

public sealed record RetrySettings
{
    /// <summary>Further attempts after the first, for what may be retried; 0 switches retries off.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What a canary cannot take goes to stable: anything of which nothing was sent, and idempotent requests that it dropped.</summary>
    public bool CanaryToStable { get; init; } = true;
}

public sealed record PoolSettings
{
    /// <summary>Connections to one endpoint, all workers together.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Exchanges that may wait for a connection, all workers together.</summary>
    public int MaxPending { get; init; } = 1024;

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(15);
}

public sealed record UpstreamTimeoutSettings
{
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the last byte of the request sent to the head of the final answer.</summary>
    public TimeSpan Response { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two reads of an answer's body.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(90);
}

/// <summary>0 means no limit for the last three.</summary>
public sealed record LimitSettings
{
    public int HeadBytes { get; init; } = 32768;
    public int LineBytes { get; init; } = 16384;
    public int Fields { get; init; } = 100;
    public long BodyBytes { get; init; }
    public int Connections { get; init; }
    public int ConnectionsPerAddress { get; init; }
}

public sealed record TimeoutSettings
{
    public TimeSpan Head { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan BodyStall { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(75);
    public TimeSpan WriteStall { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Which fields the edge writes of its own, and which it sets or removes on the operator's word.</summary>
public sealed record FieldSettings
{
    public bool Via { get; init; } = true;
    public bool Version { get; init; } = true;
    public bool Rating { get; init; } = true;

    /// <summary>Tell the client why its request went where it went.</summary>
    public bool Reason { get; init; }
    public FieldEdits Request { get; init; } = FieldEdits.None;
    public FieldEdits Response { get; init; } = FieldEdits.None;
}

public sealed record FieldEdits(IReadOnlyList<KeyValuePair<string, string>> Set, IReadOnlyList<string> Remove)
{
    public static readonly FieldEdits None = new([], []);
}

public enum AccessLogFormat { Json, Text }

/// <summary><see cref="Path"/>: "off", "stdout" or a file.</summary>
public sealed record AccessLogSettings
{
    public string Path { get; init; } = "off";
    public AccessLogFormat Format { get; init; } = AccessLogFormat.Json;
    public bool IsOn => Path != "off";
}
