// The table of errors is whole and its labels are fit for metrics.

using System.Text.RegularExpressions;

namespace OpenClaw.Protocol.Tests;

public sealed class ParseErrorsTests
{
    [Fact]
    public void EveryError_HasARowOfItsOwn()
    {
        ParseError[] all = Enum.GetValues<ParseError>();
        Assert.DoesNotContain("unknown", all.Select(ParseErrors.Label));
        Assert.Equal(all.Length, all.Select(ParseErrors.Label).Distinct().Count());
        Assert.Equal(all.Length, all.Select(ParseErrors.Text).Distinct().Count());
    }

    [Fact]
    public void Labels_AreTheNamesInSnakeCase() => Assert.All(Enum.GetValues<ParseError>(), error =>
        Assert.Equal(Regex.Replace(error.ToString(), "(?<!^)([A-Z])", "_$1").ToLowerInvariant(), ParseErrors.Label(error)));

    [Fact]
    public void EveryRefusal_IsAClientErrorOrTheVersion() => Assert.All(Enum.GetValues<ParseError>().Skip(1), error =>
        Assert.Contains(ParseErrors.StatusCode(error), new[] { 400, 405, 414, 417, 431, 505 }));

    [Fact]
    public void NumberOutsideOfTheEnum_IsStillARefusal() => Assert.Equal(400, ParseErrors.StatusCode((ParseError)255));
}
