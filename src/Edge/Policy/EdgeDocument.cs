// edge.yaml key by key: the one place where each key's name, type, bounds and message stand (defaults stand in
// EdgeSettings). Control thread; touches no file but the tree it is given.

namespace OpenClaw.Edge.Policy;

internal static class EdgeDocument
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>No wait is unbounded; a day is as good as for ever.</summary>
    private static readonly Rule<TimeSpan> Wait = Rules.Duration(Tick, TimeSpan.FromDays(1));

    /// <summary>Passing over this one with a warning would let everybody in.</summary>
    private static readonly Rule<string> UncheckedClients = Rules.OneOf("none") with
    {
        Judge = (text, out value) =>
        {
            value = text;
            return text switch
            {
                "none" => null,
                "request" or "require" => "is not supported by this release; a listener that must check its clients cannot be served",
                _ => "is none of none, request, require",
            };
        },
    };

    /// <summary>Reads the whole document. With errors among the findings the result is only good for further checks.</summary>
    public static EdgeSettings Read(Section root)
    {
        List<ListenerSettings> listeners = ReadListeners(root);
        VersionSettings defaults = ReadUpstream(root.Sub("upstream"), new VersionSettings { Name = "", Endpoints = [] });
        List<VersionSettings> versions = ReadVersions(root, defaults);
        Section forwarded = root.Sub("forwarded");
        return new EdgeSettings
        {
            Listeners = listeners,
            Admin = ReadAdmin(root),
            Workers = root.Value("workers", 0, Rules.Count(0, 1024)),
            Versions = versions,
            Stable = ReadStable(root, versions),
            PolicyPath = root.Try("policy", Rules.SomeText, out string? policy) ? policy : null,
            Limits = ReadLimits(root.Sub("limits"), new LimitSettings()),
            Timeouts = ReadTimeouts(root.Sub("timeouts"), new TimeoutSettings()),
            TrustedNetworks = forwarded.List("trustedCidrs", Rules.Network),
            Fields = ReadFields(root.Sub("fields"), new FieldSettings()),
            AccessLog = ReadAccessLog(root.Sub("accessLog"), new AccessLogSettings()),
            Kubernetes = KubernetesKeys.ReadEdge(root.Sub("kubernetes")),
        };
    }

    private static List<ListenerSettings> ReadListeners(Section root)
    {
        List<ListenerSettings> listeners = new List<ListenerSettings>();
        HashSet<string> taken = new HashSet<string>();
        foreach (Section s in root.Sections("listeners", "name a place to listen on: listeners in edge.yaml, or --listen http://0.0.0.0:8080"))
        {
            ListenAddress at = s.Required("address", Rules.ListenAddress, "write address: \"0.0.0.0:8080\"");
            string name = at.EndPoint?.ToString() ?? at.UnixPath ?? "";
            if (name != "" && at.EndPoint?.Port != 0 && !taken.Add(name))
            {
                s.Error("address", $"{name} is listened on twice");
            }

            ListenerSettings listener = new ListenerSettings
            {
                EndPoint = at.EndPoint,
                UnixPath = at.UnixPath,
                RedirectToHttps = s.Value("redirectToHttps", false, Rules.Switch),
                Tls = s.Optional("tls") is { } tls ? ReadListenerTls(tls) : null,
            };
            if (listener is { Tls: not null, RedirectToHttps: true })
            {
                s.Warning("redirectToHttps", "has no effect on a listener with tls");
            }

            Section proxy = s.Sub("proxyProtocol");
            proxy.Unsupported("mode", unless: "off");
            proxy.List("trustedCidrs", Rules.Network);
            listeners.Add(listener);
        }

        return listeners;
    }

    private static TlsListenerSettings ReadListenerTls(Section s)
    {
        List<CertificatePath> certificates = new List<CertificatePath>();
        foreach (Section c in s.Sections("certificates", "write certificates: [{certFile: tls.crt, keyFile: tls.key}]"))
        {
            string? cert = c.Required("certFile", Rules.SomeText, "name the PEM file of the certificate chain");
            string? key = c.Required("keyFile", Rules.SomeText, "name the PEM file of the private key");
            certificates.Add(new CertificatePath(cert ?? "", key ?? ""));
        }

        Section clients = s.Sub("clientAuth");
        clients.Value("mode", "none", UncheckedClients);
        clients.Text("caFile");
        return new TlsListenerSettings
        {
            Certificates = certificates,
            AllowTls12 = s.Value("minVersion", "1.2", Rules.OneOf("1.2", "1.3")) == "1.2",
        };
    }

    private static AdminSettings? ReadAdmin(Section root)
    {
        if (root.Is("admin", "none"))
        {
            return null;
        }

        Section s = root.Sub("admin");
        var address = s.Value("address", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 9901), Rules.InternetAddress);
        return new AdminSettings(address, s.Text("tokenFile"));
    }

    private static List<VersionSettings> ReadVersions(Section root, VersionSettings defaults)
    {
        List<VersionSettings> versions = new List<VersionSettings>();
        const string advice = "name what to forward to: versions in edge.yaml, or --upstream v1=http://127.0.0.1:9001";
        foreach ((string name, Section s) in root.Named("versions", Rules.VersionName, advice))
        {
            versions.Add(ReadUpstream(s, defaults) with { Name = name, Endpoints = ReadEndpoints(s), Tls = ReadUpstreamTls(s.Sub("tls")) });
        }

        return versions;
    }

    private static List<EndpointSettings> ReadEndpoints(Section s)
    {
        List<EndpointSettings> endpoints = new List<EndpointSettings>();
        foreach ((EndpointSettings endpoint, Place place) in s.Values("endpoints", Rules.Endpoint, "write endpoints: [\"http://127.0.0.1:9001\"]"))
        {
            if (endpoints.Contains(endpoint))
            {
                s.Error(place, $"endpoints: {endpoint.Host}:{endpoint.Port} is named twice");
            }

            endpoints.Add(endpoint);
        }

        return endpoints;
    }

    private static UpstreamTlsSettings ReadUpstreamTls(Section s)
    {
        UpstreamTlsSettings tls = new UpstreamTlsSettings
        {
            CaFile = s.Text("caFile"),
            CertFile = s.Text("certFile"),
            KeyFile = s.Text("keyFile"),
            ServerName = s.Text("serverName"),
        };
        if (tls.CertFile is not null && tls.KeyFile is null)
        {
            s.Missing("keyFile", "certFile comes with the keyFile of its private key");
        }

        if (tls.CertFile is null && tls.KeyFile is not null)
        {
            s.Missing("certFile", "keyFile comes with the certFile of its certificate");
        }

        return tls;
    }

    private static string ReadStable(Section root, List<VersionSettings> versions)
    {
        if (!root.Try("stable", Rules.SomeText, out string? stable))
        {
            return versions.Count > 0 ? versions[0].Name : "";
        }

        if (versions.Count > 0 && versions.All(v => v.Name != stable))
        {
            root.Error("stable", $"{Wording.Show(stable)} is no version{Wording.Suggest(stable, versions.Select(v => v.Name))}");
        }

        return stable;
    }

    /// <summary>What <c>upstream</c> says for all versions and each version may say for itself.</summary>
    private static VersionSettings ReadUpstream(Section s, VersionSettings d)
    {
        Section health = s.Sub("healthCheck");
        health.Unsupported("path", unless: "");
        health.Value("interval", TimeSpan.FromSeconds(5), Wait);
        health.Value("timeout", TimeSpan.FromSeconds(2), Wait);
        health.Value("healthyThreshold", 2, Rules.Count(1, 100));
        health.Value("unhealthyThreshold", 3, Rules.Count(1, 100));
        s.Unsupported("outlierDetection");

        Section retry = s.Sub("retry");
        retry.Unsupported("budgetPercent");
        Section pool = s.Sub("pool");
        Section timeouts = s.Sub("timeouts");
        return d with
        {
            Retry = new RetrySettings
            {
                Attempts = retry.Value("attempts", d.Retry.Attempts, Rules.Count(0, 10)),
                CanaryToStable = retry.Value("canaryToStable", d.Retry.CanaryToStable ? "idempotent" : "off", Rules.OneOf("idempotent", "off")) == "idempotent",
            },
            Pool = new PoolSettings
            {
                MaxConnections = pool.Value("maxConnections", d.Pool.MaxConnections, Rules.Count(1, 1 << 20)),
                MaxPending = pool.Value("maxPending", d.Pool.MaxPending, Rules.Count(0, 1 << 20)),
                IdleTimeout = pool.Value("idleTimeout", d.Pool.IdleTimeout, Wait),
                MaxAge = pool.Value("maxAge", d.Pool.MaxAge, Wait),
            },
            Timeouts = new UpstreamTimeoutSettings
            {
                Connect = timeouts.Value("connect", d.Timeouts.Connect, Wait),
                Response = timeouts.Value("response", d.Timeouts.Response, Wait),
                Idle = timeouts.Value("idle", d.Timeouts.Idle, Wait),
            },
        };
    }

    private static LimitSettings ReadLimits(Section s, LimitSettings d)
    {
        LimitSettings limits = new LimitSettings
        {
            HeadBytes = s.Value("headBytes", d.HeadBytes, Rules.Count(1024, 1 << 20)),
            LineBytes = s.Value("lineBytes", d.LineBytes, Rules.Count(256, 1 << 20)),
            Fields = s.Value("fields", d.Fields, Rules.Count(1, 10_000)),
            BodyBytes = s.Value("bodyBytes", d.BodyBytes, Rules.Whole(0, long.MaxValue)),
            Connections = s.Value("connections", d.Connections, Rules.Count(0, int.MaxValue)),
            ConnectionsPerAddress = s.Value("connectionsPerAddress", d.ConnectionsPerAddress, Rules.Count(0, int.MaxValue)),
        };
        // The default line limit follows a smaller head limit; only one that was written can contradict it.
        if (limits.LineBytes <= limits.HeadBytes)
        {
            return limits;
        }

        if (s.Has("lineBytes"))
        {
            s.Error("lineBytes", $"{limits.LineBytes} is above headBytes ({limits.HeadBytes}), which holds the line");
        }

        return limits with { LineBytes = limits.HeadBytes };
    }

    private static TimeoutSettings ReadTimeouts(Section s, TimeoutSettings d) => new()
    {
        Head = s.Value("head", d.Head, Wait),
        BodyStall = s.Value("bodyStall", d.BodyStall, Wait),
        Idle = s.Value("idle", d.Idle, Wait),
        WriteStall = s.Value("writeStall", d.WriteStall, Wait),
        Handshake = s.Value("handshake", d.Handshake, Wait),
        Drain = s.Value("drain", d.Drain, Rules.Duration(TimeSpan.Zero, TimeSpan.FromDays(1))),
    };

    private static FieldSettings ReadFields(Section s, FieldSettings d) => new()
    {
        Via = s.Value("via", d.Via, Rules.Switch),
        Version = s.Value("version", d.Version, Rules.Switch),
        Rating = s.Value("rating", d.Rating, Rules.Switch),
        Reason = s.Value("reason", d.Reason, Rules.Switch),
        Request = ReadEdits(s.Sub("request")),
        Response = ReadEdits(s.Sub("response")),
    };

    private static FieldEdits ReadEdits(Section s)
    {
        List<KeyValuePair<string, string>> set = new List<KeyValuePair<string, string>>();
        HashSet<string> names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach ((Entry entry, string value) in s.Pairs("set", Rules.FieldName, Rules.FieldValue))
        {
            if (names.Add(entry.Key))
            {
                set.Add(new(entry.Key, value));
            }
            else
            {
                s.Error(entry.Place, $"set: {entry.Key} is given twice; field names know no case");
            }
        }

        return new FieldEdits(set, s.List("remove", Rules.FieldName));
    }

    private static AccessLogSettings ReadAccessLog(Section s, AccessLogSettings d) => new()
    {
        Path = s.Value("path", d.Path, Rules.SomeText),
        Format = s.Value("format", "json", Rules.OneOf("json", "text")) == "text" ? AccessLogFormat.Text : AccessLogFormat.Json,
    };
}
