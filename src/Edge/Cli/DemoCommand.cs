// The verb for the first five minutes: an edge with something behind it and something in front of it. Main thread.

using System.CommandLine;
using System.Globalization;
using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Cli;

internal static class DemoCommand
{
    private const int RateMax = 5000; // what one loop serves as two versions and all clients at once, beside the edge, on a small machine

    public static Command Create()
    {
        Option<int?> port = new("--port") { HelpName = "PORT", Description = "where the edge listens for http (default 8080, or a free one if that is taken; 0: any)" };
        Option<int> rate = new("--rate") { HelpName = "N", Description = "requests per second", DefaultValueFactory = _ => 200 };
        Option<int> seconds = new("--seconds") { HelpName = "N", Description = "end after so many seconds (default 0: when you say so)" };
        RequireWithin(port, 0, 65535);
        RequireWithin(rate, 1, RateMax);
        RequireWithin(seconds, 0, int.MaxValue / 10);
        Command command = new("demo", "See it work: an edge, two versions of a sample service, and traffic") { port, rate, seconds };
        command.SetAction((parsed, _) => DemoSession.RunAsync(
            new DemoOptions(parsed.GetValue(port), parsed.GetValue(rate), parsed.GetValue(seconds)),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error));
        return command;
    }

    private static void RequireWithin<T>(Option<T> option, int least, int most) => option.Validators.Add(result =>
    {
        string? text = result.Tokens.Count == 1 ? result.Tokens[0].Value : null; // as written: asking for the value throws if it is no number
        if (text != null && !(int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most))
        {
            result.AddError($"{option.Name}: {text} is not within {least} to {most}");
        }
    });
}
