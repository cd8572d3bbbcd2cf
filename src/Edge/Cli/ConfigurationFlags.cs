// The flags that stand for keys of edge.yaml, as run and validate share them. Values are not judged here: they become
// nodes of the same tree as the file's and pass the same rules. Main thread.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal sealed class ConfigurationFlags
{
    private readonly Option<string?> _config =
        Text("--config", "FILE", "edge.yaml (else EDGE_CONFIG, else /etc/openclaw/edge.yaml if it exists)");
    private readonly Option<string[]> _listen =
        Texts("--listen", "URL", "http://HOST:PORT, https://HOST:PORT or unix:/PATH; repeatable; replaces listeners");
    private readonly Option<string[]> _cert =
        Texts("--cert", "FILE", "PEM certificate chain of the https listeners; repeatable, each with its --key");
    private readonly Option<string[]> _key = Texts("--key", "FILE", "PEM private key, in the order of --cert");
    private readonly Option<string[]> _upstream =
        Texts("--upstream", "NAME=URL[,URL...]", "a version and its endpoints; repeatable; the first is stable; replaces versions");
    private readonly Option<string?> _policy = Text("--policy", "FILE", "policy.yaml (else POLICY_PATH, else policy: in edge.yaml)");
    private readonly Option<string?> _admin = Text("--admin", "HOST:PORT|none", "the side port");
    private readonly Option<string?> _workers = Text("--workers", "N", "worker threads; 0: as many as the CPU quota allows");
    private readonly Option<string?> _kubeApi =
        Text("--kube-api", "URL", "the Kubernetes API server (else kubernetes.api in edge.yaml, else that of the pod)");
    private readonly Option<string?> _accessLog = Text("--access-log", "off|stdout|FILE", "where the access log goes");

    public void AddTo(Command command) =>
        CommandLine.Add(command, _config, _listen, _cert, _key, _upstream, _policy, _admin, _workers, _kubeApi, _accessLog);

    /// <param name="variable">Reads an environment variable; null when unset.</param>
    public LaunchSettings Read(ParseResult parsed, Func<string, string?> variable) => new()
    {
        ConfigFlag = parsed.GetValue(_config),
        ConfigFromEnvironment = variable(LaunchSettings.ConfigVariable),
        PolicyFlag = parsed.GetValue(_policy),
        PolicyFromEnvironment = variable(LaunchSettings.PolicyVariable),
        Listen = parsed.GetValue(_listen) ?? [],
        CertFiles = parsed.GetValue(_cert) ?? [],
        KeyFiles = parsed.GetValue(_key) ?? [],
        Upstreams = parsed.GetValue(_upstream) ?? [],
        Admin = parsed.GetValue(_admin),
        Workers = parsed.GetValue(_workers),
        KubeApi = parsed.GetValue(_kubeApi),
        KubeService = (variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")),
        AccessLog = parsed.GetValue(_accessLog),
    };

    public static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static Option<string[]> Texts(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
