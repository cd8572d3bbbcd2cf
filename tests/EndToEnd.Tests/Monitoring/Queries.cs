// Every PromQL expression that this repository hands to its users, with where it stands. Reads files only.

using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenClaw.EndToEnd.Tests.Monitoring;

/// <param name="Source">File and place, for the reader of a failure.</param>
internal sealed record Query(string Source, string Expression)
{
    /// <summary>Names of the series it asks for, recorded ones included.</summary>
    public IEnumerable<string> Series => Regex.Matches(Expression, @"\b([a-z]+:)?(openclaw|process)_[a-z0-9_:]+").Select(match => match.Value).Distinct();

    /// <summary>Whether it is true of something or of nothing, as an alert is: it compares outside of all brackets.</summary>
    public bool IsCondition
    {
        get
        {
            int depth = 0;
            for (int i = 0; i < Expression.Length; i++)
            {
                depth += Expression[i] is '(' or '[' or '{' ? 1 : Expression[i] is ')' or ']' or '}' ? -1 : 0;
                if (depth == 0 && (Expression[i] is '<' or '>' || (Expression[i] is '=' && Expression[i - 1] is '=' or '!')))
                {
                    return true;
                }
            }

            return false;
        }
    }
}

internal static class Queries
{
    public static readonly string Deploy = Path.Combine(EdgeProcess.Repository, "deploy");
    public static readonly string ChartFiles = Path.Combine(Deploy, "helm", "openclaw-edge", "files");
    public static readonly string Rules = Path.Combine(ChartFiles, "openclaw.rules.yaml");

    public static JsonElement Dashboard { get; } = JsonElement.Parse(File.ReadAllText(Path.Combine(ChartFiles, "openclaw-edge.dashboard.json")));

    /// <summary>Code blocks marked promql. A query has a line of its own; one that goes on is indented, or begins with an operator.</summary>
    public static IEnumerable<Query> OfDocs() =>
        from page in Directory.EnumerateFiles(Path.Combine(EdgeProcess.Repository, "docs"), "*.md")
        from Match block in Regex.Matches(File.ReadAllText(page), "```promql\n(.*?)```", RegexOptions.Singleline)
        let text = Regex.Replace(block.Groups[1].Value, "^ *#.*\n", "", RegexOptions.Multiline)
        from query in Regex.Split(text, @"\n(?! |and\b|or\b|unless\b|[-+*/<>=)])")
        where query.Trim().Length > 0
        select new Query(Path.GetFileName(page), query);

    /// <summary>With the dashboard's variables as "All" and the shortest interval would have them.</summary>
    public static IEnumerable<Query> OfDashboard() => OfDashboard(Dashboard, "dashboard");

    /// <summary>With their arguments at their defaults. Those of the Helm chart are held against these where they are rendered.</summary>
    public static IEnumerable<Query> OfAnalyses() =>
        from file in Directory.EnumerateFiles(Deploy, "*.yaml", SearchOption.AllDirectories)
        where !file.Contains("/templates/")
        from document in Regex.Split(File.ReadAllText(file), "^---.*\n", RegexOptions.Multiline)
        where Regex.IsMatch(document, "^kind: (Cluster)?AnalysisTemplate", RegexOptions.Multiline)
        let arguments = Regex.Matches(document, @"- name: (\S+).*\n +value: (\S+)").ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value)
        from Match query in Regex.Matches(document, @"^( *)query: (?:[|>]-?\n((?:\1 +.*\n)+)|(\S.*)\n)", RegexOptions.Multiline)
        select new Query(file[(Deploy.Length + 1)..], Regex.Replace(query.Groups[2].Value + query.Groups[3].Value, @"\{\{ *args\.([^ }]+) *\}\}", name => arguments[name.Groups[1].Value]));

    private static IEnumerable<Query> OfDashboard(JsonElement at, string title)
    {
        if (at.ValueKind == JsonValueKind.Array)
        {
            return at.EnumerateArray().SelectMany(one => OfDashboard(one, title));
        }

        if (at.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        string name = at.TryGetProperty("title", out JsonElement own) ? $"dashboard, {own}" : title;
        return at.EnumerateObject().SelectMany(member => member.Name == "expr"
            ? [new Query(name, Regex.Replace(member.Value.GetString()!.Replace("$__rate_interval", "1m"), "\\$[a-z]+", ".*"))]
            : OfDashboard(member.Value, name));
    }
}
