// docs/policy.md names every key of both files, with the default that the reader has.

using System.Text.Json;
using System.Text.RegularExpressions;
using OpenClaw.Edge.Cli;

namespace OpenClaw.Edge.Tests.Policy;

public sealed partial class DocumentationTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(HouseTests.Root, "docs", "policy.md"));

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void EveryKey_StandsInTheDocumentation(string file)
    {
        HashSet<string> documented = [.. Lines.SelectMany(Named)];
        Assert.Empty(Keys(file).Select(key => key.Path).Except(documented));
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void EveryDefault_IsTheReaders(string file)
    {
        Dictionary<string, string> documented = [];
        foreach (string line in Lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            string[] cells = line.Split(" | ");
            foreach (string path in cells.Length > 3 ? Named(cells[0]) : [])
            {
                documented[path] = cells[2].Trim('`', '"', ' ');
            }
        }

        List<SchemaKey> keys = [.. Keys(file).Where(key => key.Default is not null && documented.ContainsKey(key.Path))];
        Assert.True(keys.Count > 10, "the tables were not found");
        Assert.All(keys, key => Assert.Equal((key.Path, key.Default), (key.Path, documented[key.Path])));
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("policy")]
    public void EveryKey_HasTypeExampleAndMeaning(string file)
    {
        HashSet<string> keys = [.. Keys(file).Select(key => key.Path)];
        string[][] rows = [.. Lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];
        rows = [.. rows.Where(cells => cells.Length == 5 && Named(cells[0]).Any(keys.Contains))];
        Assert.True(rows.Length > 10, "the tables were not found");
        Assert.All(rows, cells => Assert.DoesNotContain("", (string[])[cells[1], cells[3], cells[4]]));
    }

    /// <summary>Single values and lists of them, by the path that the documentation has for all like them.</summary>
    private static IEnumerable<SchemaKey> Keys(string file) =>
        SchemaKeys.Of(JsonDocument.Parse(SchemaCommand.Render(file)).RootElement).Where(key => !key.IsGroup && !key.IsUnsupported).Select(key => key with
        {
            Path = SharedWithUpstream().Replace(key.Path.Replace("canaries[].", "canary."), "upstream."),
            Default = key.Default is "True" or "False" ? key.Default.ToLowerInvariant() : key.Default,
        });

    /// <summary>What a line has between backticks; <c>.x</c> stands for the one before with another last word, and a list for its entries.</summary>
    private static IEnumerable<string> Named(string line)
    {
        string last = "";
        foreach (Match code in Code().Matches(line))
        {
            string text = code.Groups[1].Value;
            last = text.StartsWith('.') ? last[..Math.Max(0, last.LastIndexOf('.'))] + text : text.EndsWith("[]", StringComparison.Ordinal) ? text[..^2] : text;
            yield return last;
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^versions\.NAME\.(?=(retry|pool|timeouts|healthCheck)\.)")]
    private static partial Regex SharedWithUpstream();
}
