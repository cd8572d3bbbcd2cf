// The matcher of header patterns against the engine of the base library, which the binary does not carry; and what it refuses.

using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class HeaderPatternTests
{
    private static readonly Gen<string> Sign = Gen.OneOf(new[] { "a", "b", "B", "1", "-", "_", " ", ";", "=", "\\.", "\\\\", "\\{", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\t", "]", "}" }.Select(Gen.Const).ToArray());

    private static readonly Gen<string> Class = Gen.Select(
        Gen.OneOf(new[] { "a", "b-c", "A-B", "0-9", "\\d", "\\w", "\\S", "\\]", "\\-", ".", "=", "+-.", "_" }.Select(Gen.Const).ToArray()).Array[1, 4], Gen.Bool,
        (members, isTurned) => $"[{(isTurned ? "^" : "")}{string.Concat(members)}]");

    private static readonly Gen<string> Times =
        Gen.OneOf(new[] { "", "", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{2,3}" }.Select(Gen.Const).ToArray());

    private static readonly Gen<string> Value = Gen.String[Gen.Char["aabBc10-_ ;=.\\{}]\t+,"], 0, 12];

    /// <summary>
    /// Expressions of the subset, up to so many groups deep. None has a choice that is only empty: the engine finds no match for -1 in (?:(-1)+|){2}, which is
    /// -1 and nothing.
    /// </summary>
    private static Gen<string> Pattern(int depth)
    {
        Gen<string> one = depth == 0 ? Gen.OneOf(Sign, Class) : Gen.OneOf(Sign, Class, Pattern(depth - 1).Select(inner => $"({inner})"), Pattern(depth - 1).Select(inner => $"(?:{inner})"));
        Gen<string> sequence = Gen.Select(one, Times, (what, times) => what + times).Array[1, 4].Select(string.Concat);
        return sequence.Array[1, 3].Select(choices => string.Join('|', choices));
    }

    private static HeaderPattern Compile(string text)
    {
        Assert.Null(HeaderPattern.Compile(text, out HeaderPattern? pattern));
        return pattern!;
    }

    private static bool Matches(HeaderPattern pattern, byte[] value) => pattern.IsEnd(pattern.Walk(HeaderPattern.Start, value));

    private static bool Matches(string pattern, string value) => Matches(Compile(pattern), Encoding.Latin1.GetBytes(value));

    private static void AssertAsTheEngine(string text, string[] values)
    {
        if (HeaderPattern.Compile(text, out HeaderPattern? pattern) is { } fault)
        {
            Assert.True(fault.Contains("is the most", StringComparison.Ordinal) || fault.Contains("states", StringComparison.Ordinal), $"{text}: {fault}");
            return;
        }

        bool ignoresCase = text.StartsWith("(?i)", StringComparison.Ordinal);
        Regex engine = new($@"{(ignoresCase ? "(?i)" : "")}\A(?:{(ignoresCase ? text[4..] : text)})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        Assert.All(values, value => Assert.True(engine.IsMatch(value) == Matches(pattern!, Encoding.ASCII.GetBytes(value)), $"{text} and {value}"));
    }

    [Fact]
    public void AnyExpressionOfTheSubset_SaysWhatTheEngineSays() =>
        Gen.Select(Pattern(2), Gen.OneOf(new[] { "", "^", "(?i)", "(?i)^" }.Select(Gen.Const).ToArray()), Gen.OneOf(Gen.Const(""), Gen.Const("$")), Value.Array[1, 12])
            .Sample((inner, begin, end, values) => AssertAsTheEngine(begin + inner + end, values), iter: 1500);

    /// <summary>Values that chance seldom hits: pieces of the expression itself.</summary>
    [Fact]
    public void ValueNearTheExpression_SaysWhatTheEngineSays() =>
        Gen.Select(Pattern(1), Gen.Int[0, 30], Gen.Int[0, 3]).Sample((text, from, gone) =>
        {
            string plain = Regex.Replace(text, @"[()|*+?\[\]^\\:]|\{[^}]*\}?", "");
            AssertAsTheEngine(text, [plain, plain[Math.Min(from, plain.Length)..], plain.Remove(Math.Min(from, plain.Length), Math.Min(gone, plain.Length - Math.Min(from, plain.Length)))]);
        }, iter: 800);

    [Theory]
    [InlineData("beta.*", "beta-7", true)]
    [InlineData("beta.*", "my beta", false)] // the whole value, not a part
    [InlineData(".*flagger-cookie.*=.*AbCd.*", "a=b; flagger-cookie=AbCd; c=d", true)]
    [InlineData("^(canary|beta)$", "beta", true)]
    [InlineData("^canary|beta$", "canary", true)]
    [InlineData("(?i)canary", "CaNaRy", true)]
    [InlineData("(?i)[^a]", "A", false)]
    [InlineData("(?i)[b-d]", "C", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("", "", true)]
    [InlineData("()", "", true)]
    [InlineData("(?:(-1)+|){2,3}", "-1", true)]
    [InlineData("a|", "", true)]
    [InlineData("a{0}", "", true)]
    [InlineData("a{3,}", "aaaaa", true)]
    [InlineData("a{3,}", "aa", false)]
    [InlineData("[^a]", "\u00e9", true)] // a byte above ASCII is a byte like any other
    [InlineData(".", "\n", false)]
    public void Expression_MatchesTheWholeValue(string pattern, string value, bool expected) =>
        Assert.Equal(expected, Matches(pattern, value));

    [Theory]
    [InlineData("(a", "( at position 1 opens a group")]
    [InlineData("a)", ") at position 2 closes no group")]
    [InlineData("*a", "* at position 1 repeats nothing")]
    [InlineData("a**", "* at position 3 repeats what is repeated")]
    [InlineData("a*+", "+ at position 3 repeats what is repeated")]
    [InlineData("a{2", "{ at position 2 is no count")]
    [InlineData("a{,2}", "{ at position 2 is no count")]
    [InlineData("a{3,2}", "{ at position 2 is no count")]
    [InlineData("a{1,2,3}", "{ at position 2 is no count")]
    [InlineData("a{101}", "{ at position 2 is no count")]
    [InlineData("a^b", "^ at position 2 stands neither")]
    [InlineData("a$b", "$ at position 2 stands neither")]
    [InlineData("(a$)", "$ at position 3 stands neither")]
    [InlineData("(?=a)", "( at position 1 begins a group that cannot be followed")]
    [InlineData("(?<n>a)", "( at position 1 begins a group that cannot be followed")]
    [InlineData("a(?i)b", "( at position 2 begins a group that cannot be followed")]
    [InlineData("\\b", "\\ at position 1 begins an escape")]
    [InlineData("(a)\\1", "\\ at position 4 begins an escape")]
    [InlineData("\\x2d", "\\ at position 1 begins an escape")]
    [InlineData("\\p{L}", "\\ at position 1 begins an escape")]
    [InlineData("a\\", "\\ at position 2 begins an escape")]
    [InlineData("[a", "[ at position 1 opens a class")]
    [InlineData("[]", "[ at position 1 opens a class")]
    [InlineData("[b-a]", "b at position 2 begins a range")]
    [InlineData("[\\d-a]", "\\ at position 2 begins a range")]
    [InlineData("[[:alpha:]]", "[ at position 2 cannot stand in a class")]
    [InlineData("[a-c-e]", "- at position 5 cannot stand in a class")]
    [InlineData("[a\\", "\\ at position 3 begins an escape")]
    [InlineData("h\u00e9", "\u00e9 at position 2 is none of the signs")]
    [InlineData("a\tb", "\"?\" at position 2 is none of the signs")]
    [InlineData("(((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))", "is 33 groups deep")]
    [InlineData("(a{100}){2}", "is the 128th place")]
    [InlineData(".*a.{12}", "it takes more than 1024 states")]
    public void WhatCannotBeFollowed_IsRefusedWithItsPosition(string pattern, string fault)
    {
        Assert.Contains(fault, HeaderPattern.Compile(pattern, out HeaderPattern? compiled), StringComparison.Ordinal);
        Assert.Null(compiled);
    }

    [Fact]
    public void AnyText_IsCompiledOrRefusedSoon() =>
        Gen.String[Gen.Char["ab(){}[]|*+?^$\\-,019.:id"], 0, 40].Sample(text => HeaderPattern.Compile(text, out HeaderPattern? pattern) is null == pattern is not null, iter: 5000);

    [Fact]
    public void RepetitionsInside_DoNotMultiply() => Assert.All(
        ["((((((){100}){100}){100}){100}){100}){100}", "((((a{100}){100}){100}){100}){100}", new string('a', 600), string.Concat(Enumerable.Repeat("(a?){9}", 14))],
        text => HeaderPattern.Compile(text, out _));

    [Fact]
    public void ValueInPieces_IsOneValue()
    {
        HeaderPattern pattern = Compile("a, b");
        Assert.True(pattern.IsEnd(pattern.Walk(pattern.Walk(pattern.Walk(HeaderPattern.Start, "a"u8), ", "u8), "b"u8)));
        Assert.Equal(HeaderPattern.Lost, pattern.Walk(HeaderPattern.Start, "b"u8));
    }

    [Fact]
    public void Match_AllocatesNothing()
    {
        HeaderPattern pattern = Compile("(?i).*session=([a-f0-9]{4}-?){3}.*");
        byte[] value = Encoding.ASCII.GetBytes("a=b; Session=dead-beef-cafe; c=d");
        Assert.True(Matches(pattern, value));
        Allocations.AssertNone(1000, _ => Matches(pattern, value));
    }
}
