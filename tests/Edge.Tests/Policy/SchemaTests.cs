// The schemas say what the readers do: of every document, as far as a schema can say it.

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class SchemaTests
{
    /// <summary>Where the readers look at several values at once, or closer than a pattern does.</summary>
    private static readonly Regex BeyondASchema = new(
        "is no version|is the stable version|stands in the list already|the weights sum to|stands beside canary|leaves no token|cannot share a capacity|both 0"
        + "|is above headBytes|is listened on twice|is named twice|is given twice|comes with the|write key: header:X-User|write weight: 0.05|name the object that has the weights|would take more than|is a field the edge itself answers for"
        + "|not supported by this release, has no effect");

    private static JsonElement Schema(string? file) => JsonDocument.Parse(SchemaCommand.Render(file)).RootElement;

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void RightDocuments_AreTakenByBoth(string file)
    {
        JsonElement schema = Schema(file);
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            JsonNode document = new SchemaDocuments(schema, seed).Right();
            Assert.True(JudgeAlike(file, schema, document), "the schema's own document is not right");
        }, iter: 1000);
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void BrokenDocuments_AreRefusedByBothOrNeither(string file)
    {
        JsonElement schema = Schema(file);
        int refused = 0;
        Gen.Int[0, int.MaxValue].Sample(
            seed => Interlocked.Add(ref refused, JudgeAlike(file, schema, new SchemaDocuments(schema, seed).Broken()) ? 0 : 1), iter: 1000);
        Assert.InRange(refused, 500, 999); // most were broken in earnest
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void EveryValueOfEveryKey_IsTakenByBothOrNeither(string file)
    {
        JsonElement schema = Schema(file);
        int taken = new SchemaDocuments(schema, seed: 1).EveryValueEverywhere().Count(document => JudgeAlike(file, schema, document));
        Assert.True(taken > 100);
    }

    [Theory]
    [InlineData("policy", """{"canary": {"version": "v2", "weight": 5}}""")]
    [InlineData("policy", """{"canary": {"version": "v2", "weight": "101%"}}""")]
    [InlineData("policy", """{"canary": {"weight": 0.05}}""")]
    [InlineData("policy", """{"canary": {"version": "v2", "weight": 0, "wieght": 1}}""")]
    [InlineData("policy", """{"canaries": {"version": "v2", "weight": 0}}""")]
    [InlineData("policy", """{"rating": {"window": 60}}""")]
    [InlineData("policy", """{"rating": {"window": "60 seconds"}}""")]
    [InlineData("policy", """{"bucket": {"capacity": 0.5, "refillRate": 1}}""")]
    [InlineData("policy", """{"stickiness": {"key": "user"}}""")]
    [InlineData("policy", """{"abort": "yes"}""")]
    [InlineData("edge", """{"listeners": [{"address": "0.0.0.0:80"}], "versions": {}}""")]
    [InlineData("edge", """{"listeners": [{"address": "0.0.0.0:80"}], "versions": {"none": {"endpoints": ["http://h"]}}}""")]
    [InlineData("edge", """{"listeners": [{"address": "0.0.0.0:80"}], "versions": {"v1": {"endpoints": ["h:80"]}}}""")]
    [InlineData("edge", """{"listeners": [{"address": "0.0.0.0"}], "versions": {"v1": {"endpoints": ["http://h"]}}}""")]
    [InlineData("edge", """{"listeners": [], "versions": {"v1": {"endpoints": ["http://h"]}}}""")]
    public void CommonMistakes_AreSeenInTheEditor(string file, string document)
    {
        Assert.False(SchemaCheck.Accepts(Schema(file), JsonDocument.Parse(document).RootElement));
        Assert.NotEmpty(Refusals(file, JsonNode.Parse(document)!));
    }

    [Fact]
    public void KeysOfALaterRelease_AreThereAndSaySo()
    {
        JsonElement later = Schema("edge").GetProperty("properties").GetProperty("upstream").GetProperty("properties").GetProperty("outlierDetection");
        Assert.Equal("""{"description":"not supported by this release, has no effect"}""", JsonSerializer.Serialize(later));
    }

    [Fact]
    public void BoundsThatNoKeywordHas_StandInTheDescription() =>
        Assert.EndsWith("(1s to 10m)", Schema("policy").GetProperty("properties").GetProperty("rating").GetProperty("properties").GetProperty("window").GetProperty("description").GetString());

    [Fact]
    public void WithoutArgument_BothStandUnderDefs()
    {
        JsonElement both = Schema(null);
        foreach (string file in new[] { "edge", "policy" })
        {
            JsonElement alone = Schema(file);
            Assert.Equal("https://json-schema.org/draft/2020-12/schema", alone.GetProperty("$schema").GetString());
            Assert.Equal(alone.EnumerateObject().Skip(1).Select(Text), both.GetProperty("$defs").GetProperty(file).EnumerateObject().Select(Text));
        }

        static string Text(JsonProperty property) => property.Name + JsonSerializer.Serialize(property.Value);
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void EveryKey_HasItsMeaningAndEveryMeaningItsKey(string file)
    {
        IReadOnlyDictionary<string, string> meanings = file == "edge" ? Meanings.OfEdge() : Meanings.OfPolicy();
        List<string> keys = [.. SchemaKeys.Of(Schema(file)).Where(key => !key.IsUnsupported).Select(key => key.Path)];
        Assert.DoesNotContain(keys, path => Meanings.Find(meanings, path) is null);
        Assert.Empty(meanings.Keys.Except(keys));
    }

    /// <returns>Whether both take it.</returns>
    private static bool JudgeAlike(string file, JsonElement schema, JsonNode document)
    {
        List<string> refusals = Refusals(file, document);
        bool accepted = SchemaCheck.Accepts(schema, JsonSerializer.SerializeToElement(document));
        if (accepted != (refusals.Count == 0))
        {
            Assert.Fail($"schema takes it: {accepted}; the reader: {string.Join("; ", refusals)}; {document.ToJsonString()}");
        }

        return accepted;
    }

    /// <summary>What the reader finds wrong that a schema could say, unknown keys included.</summary>
    private static List<string> Refusals(string file, JsonNode document)
    {
        Findings findings = new(strict: true);
        if (Tree(document) is not MappingNode tree)
        {
            return ["no mapping"];
        }

        Section root = new(tree, tree.Place, findings);
        if (file == "edge")
        {
            EdgeDocument.Read(root);
        }
        else
        {
            PolicyDocument.Read(root, edge: null, findings);
        }

        root.ReportUnknown();
        return [.. findings.Of(Severity.Error).Select(fault => fault.Message).Where(message => !BeyondASchema.IsMatch(message))];
    }

    /// <summary>As the YAML reader would make it of the document's text, which is YAML too.</summary>
    private static Node Tree(JsonNode? node)
    {
        Place place = new("document", 1, 1);
        switch (node)
        {
            case JsonObject entries:
                MappingNode mapping = new(place);
                foreach ((string key, JsonNode? value) in entries)
                {
                    mapping.Set(new Entry(key, place, Tree(value)));
                }

                return mapping;
            case JsonArray items:
                return new SequenceNode(place, [.. items.Select(Tree)]);
            default:
                return new ScalarNode(place, node?.ToString() ?? "null", IsPlain: node?.GetValueKind() != JsonValueKind.String);
        }
    }
}
