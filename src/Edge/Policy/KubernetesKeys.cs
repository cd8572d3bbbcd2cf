// The keys of both files that are about Kubernetes. Control thread.

using System.Net;

namespace OpenClaw.Edge.Policy;

internal static class KubernetesKeys
{
    private const string Label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

    /// <summary>The name of an object: a DNS subdomain (RFC 1123 2.1, as Kubernetes has it).</summary>
    private static readonly Rule<string> ObjectName = new(JudgeObjectName, Shape.Text with { Minimum = 0, Pattern = $@"^{Label}(\.{Label})*$" });

    /// <summary>Watches get a bookmark every minute; two may be missed.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(3);

    private static readonly Rule<string> ConfigMapKey = new(JudgeConfigMapKey, Shape.Text with { Pattern = "^[-._A-Za-z0-9]{1,253}$" });

    private static readonly Rule<Uri> ServerAddress = new(JudgeServerAddress, new Shape("string") { Pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+/?$" });

    public static KubernetesSettings ReadEdge(Section s)
    {
        KubernetesSettings d = new();
        return new KubernetesSettings
        {
            Api = s.Try("api", ServerAddress, out Uri? api) ? api : null,
            CaFile = s.Value("caFile", d.CaFile, Rules.SomeText),
            TokenFile = s.Value("tokenFile", d.TokenFile, Rules.SomeText),
            Namespace = Name(s, "namespace"),
            PolicyConfigMap = Name(s, "policyConfigMap"),
            PolicyKey = s.Value("policyKey", d.PolicyKey, ConfigMapKey),
        };
    }

    /// <param name="edge">Whose versions the Services stand for; null when edge.yaml itself could not be read.</param>
    public static WeightFromSettings ReadPolicy(Section s, EdgeSettings? edge)
    {
        WeightFromSettings settings = new()
        {
            HttpRoute = Name(s, "httpRoute"),
            Rollout = Name(s, "rollout"),
            Namespace = Name(s, "namespace"),
            Services = ReadServices(s, edge),
            Hostnames = s.List("hostnames", Rules.SomeText),
            StaleAfter = s.Try("staleAfter", Rules.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), out TimeSpan stale) ? stale : null,
        };
        if (!s.Has("httpRoute") && !s.Has("rollout"))
        {
            s.Missing("httpRoute", "name the object that has the weights: httpRoute: rating-api, or rollout: rating-api");
        }

        if (settings.StaleAfter < Quiet)
        {
            s.Warning("staleAfter", $"an API server is silent for a minute where nothing changes; with less than {Wording.Show(Quiet)} the canaries lose their traffic for nothing");
        }

        if (settings.HttpRoute is null && s.Has("hostnames"))
        {
            s.Warning("hostnames", "has no effect without httpRoute");
        }

        if (edge is not null && edge.Kubernetes.Api is null)
        {
            const string advice = "this is no pod (KUBERNETES_SERVICE_HOST is not set), so name one with --kube-api or kubernetes.api in edge.yaml";
            s.Warning(settings.HttpRoute is null ? "rollout" : "httpRoute", $"there is no API server to read it from, and the canaries get nothing; {advice}");
        }

        return settings;
    }

    private static string? Name(Section s, string key) => s.Try(key, ObjectName, out string? name) ? name : null;

    /// <summary>A version's Service is the one it names, else the first label of its first endpoint's host, as rating-api of http://rating-api.openclaw.svc; an IP address names none.</summary>
    private static Dictionary<string, string> ReadServices(Section s, EdgeSettings? edge)
    {
        Dictionary<string, string> services = [];
        foreach (VersionSettings version in edge?.Versions ?? [])
        {
            if (version.Endpoints.Count > 0 && !IPAddress.TryParse(version.Endpoints[0].Host.AsSpan().Trim("[]"), out _))
            {
                services[version.Name] = version.Endpoints[0].Host.Split('.')[0];
            }
        }

        foreach ((Entry entry, string service) in s.Pairs("services", Rules.SomeText, ObjectName))
        {
            if (edge is not null && edge.Versions.All(version => version.Name != entry.Key))
            {
                s.Error(entry.Place, $"services: {Wording.Show(entry.Key)} is no version of edge.yaml{Wording.Suggest(entry.Key, edge.Versions.Select(version => version.Name))}");
            }

            services[entry.Key] = service;
        }

        return services;
    }

    private static string? JudgeServerAddress(string text, out Uri value) =>
        Rules.WebAddress.Judge(text, out value!) ?? (value!.PathAndQuery == "/" && text.IndexOf('?') < 0 ? null : "carries a path; an API server is only scheme, host and port");

    private static string? JudgeObjectName(string text, out string value)
    {
        value = text;
        bool IsLabel(string label) => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
        return text.Length is > 0 and <= 253 && text.Split('.').All(IsLabel) ? null : "is no name of a Kubernetes object; those are of a-z, 0-9, - and .";
    }

    private static string? JudgeConfigMapKey(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null : "is no key of a ConfigMap; those are of letters, digits, -, _ and .";
    }
}
