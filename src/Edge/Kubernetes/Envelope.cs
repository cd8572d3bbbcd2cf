// What the API server puts around objects, and what every object says of itself. Pure. Members that are not asked for are passed over.

using System.Buffers;

namespace OpenClaw.Edge.Kubernetes;

internal enum WatchEventType : byte { Added, Modified, Deleted, Bookmark, Error, Unknown }

/// <summary>One line of a watch: <c>{"type": "MODIFIED", "object": {...}}</c>.</summary>
/// <param name="Item">The object; of an error the Status.</param>
internal readonly record struct WatchEvent(WatchEventType Type, ReadOnlySequence<byte> Item)
{
    /// <summary>The <c>type</c> label of openclaw_kubernetes_watch_events_total.</summary>
    public static readonly IReadOnlyList<string> Labels = ["added", "modified", "deleted", "bookmark", "error"];

    public static bool TryRead(in ReadOnlySequence<byte> line, out WatchEvent read)
    {
        string? written = JsonBytes.Text(line, "type");
        WatchEventType type = written switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            "ERROR" => WatchEventType.Error,
            _ => WatchEventType.Unknown,
        };
        read = new WatchEvent(type, JsonBytes.Find(line, "object"));
        return written is not null && !read.Item.IsEmpty;
    }
}

/// <summary>What an object says of itself; of a bookmark only the version is there.</summary>
/// <param name="Version">Nobody but the server knows what stands in it.</param>
internal readonly record struct ObjectMetadata(string? Namespace, string? Name, string Version)
{
    /// <summary>A number of 64 bits today, and whatever the server likes tomorrow.</summary>
    private const int VersionLengthMax = 256;

    /// <returns>False: there is no version, and so nothing to go on from.</returns>
    public static bool TryRead(in ReadOnlySequence<byte> item, out ObjectMetadata read)
    {
        ReadOnlySequence<byte> metadata = JsonBytes.Find(item, "metadata");
        string version = JsonBytes.Text(metadata, "resourceVersion") ?? "";
        read = new ObjectMetadata(JsonBytes.Text(metadata, "namespace"), JsonBytes.Text(metadata, "name"), version);
        return version.Length is > 0 and <= VersionLengthMax;
    }
}

/// <summary>The object with which an API server says that it does not do what it was asked.</summary>
/// <param name="IsTooLargeVersion">The version that was named is newer than what this server has seen.</param>
internal readonly record struct ApiStatus(int Code, string? Reason, string? Message, int RetryAfterSeconds, bool IsTooLargeVersion)
{
    /// <summary>What is no Status has nothing to say.</summary>
    public static ApiStatus Read(in ReadOnlySequence<byte> json)
    {
        string? message = JsonBytes.Text(json, "message");
        bool isTooLarge = message?.Contains("Too large resource version", StringComparison.OrdinalIgnoreCase) == true; // of servers before 1.18, which name no cause
        foreach (ReadOnlySequence<byte> cause in JsonBytes.Elements(json, "details", "causes") ?? [])
        {
            isTooLarge |= JsonBytes.Text(cause, "reason") == "ResourceVersionTooLarge";
        }

        return new ApiStatus(JsonBytes.Number(json, "code"), JsonBytes.Text(json, "reason"), message, JsonBytes.Number(json, "details", "retryAfterSeconds"), isTooLarge);
    }
}
