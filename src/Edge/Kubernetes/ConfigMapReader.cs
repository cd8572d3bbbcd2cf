// Reads a ConfigMap: the one entry that holds the policy. The watch's thread; whether it is a good policy is not its question.

using System.Buffers;
using System.Text;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

public static class ConfigMapReader
{
    private const int KeysShown = 10;

    /// <param name="key">Of the entry.</param>
    /// <param name="policy">The entry, byte by byte as a mounted file would have it; null with a refusal.</param>
    /// <returns>Why there is no policy in it; null: there is.</returns>
    public static string? Read(in ReadOnlySequence<byte> json, string key, out byte[]? policy)
    {
        policy = null;
        using ObjectText map = new(json, "ConfigMap");
        if (map.Root is not { } root)
        {
            return map.Refusal;
        }

        ObjectPart? data = root.Mapping("data");
        if (data?.Text(key) is { } text)
        {
            policy = Encoding.UTF8.GetBytes(text);
            return null;
        }

        if (root.Mapping("binaryData")?.Find(key) is not null)
        {
            root.Refuse("binaryData", $"{Wording.Show(key)} stands here, so it is no text in UTF-8; it belongs in data");
        }
        else
        {
            string[] names = [.. data?.Names ?? []];
            string found = names.Length == 0 ? "there is no entry" : "there are " + string.Join(", ", names.Take(KeysShown).Select(Wording.Show)) + (names.Length > KeysShown ? ", ..." : "");
            root.Refuse("data", $"{Wording.Show(key)} is not there; {found}. kubernetes.policyKey of edge.yaml names the entry");
        }

        return map.Refusal;
    }
}
