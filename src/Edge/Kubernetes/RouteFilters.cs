// What a rule or a backend of an HTTPRoute would do to requests beside sending them somewhere. This edge does none of it: what could
// send them elsewhere, or refuse them, is refused; the rest is noted, so that weights are followed all the same. The watch's thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal static class RouteFilters
{
    /// <summary>By filter, who does such things here.</summary>
    private static readonly Dictionary<string, string> Harmless = new()
    {
        ["RequestHeaderModifier"] = "fields.request of edge.yaml sets and removes fields",
        ["ResponseHeaderModifier"] = "fields.response of edge.yaml sets and removes fields, stickiness keeps sessions in their place",
        ["RequestMirror"] = "mirror of the policy copies requests",
        ["CORS"] = "versions answer such questions themselves",
    };

    /// <param name="part">A rule or a backend.</param>
    public static void Read(ObjectPart part, List<string> notes)
    {
        foreach (ObjectPart filter in part.Mappings("filters"))
        {
            string type = filter.Text("type") ?? "";
            if (Harmless.TryGetValue(type, out string? instead))
            {
                notes.Add($"{filter.Place}: {type} is not done here; {instead}");
            }
            else
            {
                filter.Refuse("type", $"{(type == "" ? "is absent" : Wording.Show(type))}; this edge only splits, so a rule that answers, rewrites or asks others cannot be followed; take it out");
            }
        }

        if (part.Find("sessionPersistence") is { } sessions)
        {
            notes.Add($"{sessions.Place}: is not done here; stickiness of the policy keeps sessions in their place");
        }
    }
}
