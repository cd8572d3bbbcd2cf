// Links of every page of this repository lead somewhere: to a file that is there, and in a page to a heading that it has.

using System.Text.RegularExpressions;

namespace OpenClaw.Edge.Tests.Documentation;

public sealed class PageLinksTests
{
    public static TheoryData<string> Pages => [.. Directory.GetFiles(HouseTests.Root, "*.md")
        .Concat(((string[])["docs", "deploy", "bench"]).SelectMany(folder => Directory.GetFiles(Path.Combine(HouseTests.Root, folder), "*.md", SearchOption.AllDirectories)))
        .Select(file => Path.GetRelativePath(HouseTests.Root, file)).Where(file => !file.Contains("/bin/") && !file.Contains("/obj/"))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_Resolve(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(HouseTests.Root, page))!;
        Assert.All(Links(page), link =>
        {
            string[] parts = link.Split('#');
            string target = parts[0] == "" ? Path.Combine(HouseTests.Root, page) : Path.Combine(folder, parts[0]);
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{link} is not there");
            if (parts.Length > 1 && target.EndsWith(".md", StringComparison.Ordinal))
            {
                Assert.Contains(parts[1], Headings(target).Select(Anchor));
            }
        });
    }

    [Fact]
    public void Links_AreFound() => Assert.True(Links("docs/kubernetes.md").Count() > 20);

    /// <summary>Lines that open with #, those in code left out.</summary>
    internal static IEnumerable<string> Headings(string file) =>
        Regex.Matches(Regex.Replace(File.ReadAllText(file), "^```.*?^```", "", RegexOptions.Multiline | RegexOptions.Singleline), "^#+ (.+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value.Trim());

    /// <summary>As GitHub makes it of a heading: small letters, blanks to hyphens, no other sign but letters, digits, hyphens and underscores.</summary>
    internal static string Anchor(string heading) => Regex.Replace(heading.ToLowerInvariant().Replace(' ', '-'), @"[^\p{L}\p{N}_-]", "");

    private static IEnumerable<string> Links(string page) =>
        Regex.Matches(File.ReadAllText(Path.Combine(HouseTests.Root, page)), @"\]\(([^)\s]+)\)").Select(match => match.Groups[1].Value).Where(link => !Regex.IsMatch(link, "^[a-z]+:"));
}
