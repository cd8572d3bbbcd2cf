// A YAML file as the JSON that an API server would get: every document of it, scalars typed as YAML 1.2 has them.

using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OpenClaw.Edge.Tests.Examples;

internal static class YamlFile
{
    public static string Path(string name) => System.IO.Path.Combine(HouseTests.Root, name);

    /// <param name="name">From the root of the repository.</param>
    public static JsonObject[] Read(string name)
    {
        YamlStream stream = [];
        using StreamReader reader = new(Path(name));
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (JsonObject)Convert(document.RootNode)!)];
    }

    /// <summary>All objects of a folder's files, kustomizations and other lists of files excepted.</summary>
    public static JsonObject[] ReadFolder(string name) =>
        [.. Directory.GetFiles(Path(name), "*.yaml").Order().SelectMany(file => Read(System.IO.Path.GetRelativePath(HouseTests.Root, file))).Where(IsObject)];

    private static bool IsObject(JsonObject document) => document["kind"] is not null && document["metadata"]?["name"] is not null;

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } => Typed(text),
        YamlScalarNode scalar => scalar.Value,
        _ => throw new NotSupportedException(node.NodeType.ToString()),
    };

    private static JsonNode? Typed(string text) =>
        text is "" or "~" or "null" ? null
        : bool.TryParse(text, out bool flag) ? flag
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : text;
}
