// The schemas out of the published binary: what was trimmed away must not be missing there.

using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

public sealed class SchemaTests
{
    [Fact]
    public async Task Binary_PrintsTheSchemaOfEachFileAndOfBoth()
    {
        JsonElement policy = await PrintAsync("policy"), edge = await PrintAsync("edge"), both = await PrintAsync();

        JsonElement weight = policy.GetProperty("properties").GetProperty("canary").GetProperty("properties").GetProperty("weight");
        Assert.Equal((0, 1), (weight.GetProperty("minimum").GetDouble(), weight.GetProperty("maximum").GetDouble()));
        JsonElement drain = edge.GetProperty("properties").GetProperty("timeouts").GetProperty("properties").GetProperty("drain");
        Assert.Equal("30s", drain.GetProperty("default").GetString());
        Assert.EndsWith("(0s to 24h)", drain.GetProperty("description").GetString());
        Assert.Equal(Properties(policy), Properties(both.GetProperty("$defs").GetProperty("policy")));
        Assert.Equal(Properties(edge), Properties(both.GetProperty("$defs").GetProperty("edge")));
    }

    private static string Properties(JsonElement schema) => JsonSerializer.Serialize(schema.GetProperty("properties"));

    private static async Task<JsonElement> PrintAsync(params string[] file)
    {
        await using Child run = await Child.RunAsync(EdgeProcess.Binary, ["schema", .. file]);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
