// What the side port answers: one table from path to page, and the rules all pages share (methods, permission). Side
// port's thread; pages only read, but for the calls that ask for a token.

using System.Text;
using Microsoft.Extensions.Logging;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

/// <param name="ExtraLines">Further field lines, each ending in CRLF.</param>
internal readonly record struct SideAnswer(int Status, string ContentType, byte[] Body, string ExtraLines = "")
{
    public const string PlainText = "text/plain; charset=utf-8";

    public static SideAnswer Text(int status, string text, string extraLines = "") => new(status, PlainText, Encoding.UTF8.GetBytes(text + "\n"), extraLines);
}

internal sealed class SidePages
{
    private const string JsonType = "application/json";

    private readonly Control _control;
    private readonly LogLevelSwitch _levels;
    private readonly ILogger _log;
    private readonly Dictionary<string, Page> _pages;

    /// <param name="clock">Nanoseconds since the process started.</param>
    public SidePages(Control control, LogLevelSwitch levels, Func<long> clock, ILogger log)
    {
        _control = control;
        _levels = levels;
        _log = log;
        Exposition exposition = new(control, clock);
        StatusPage status = new(control, clock);
        _pages = new Dictionary<string, Page>
        {
            ["/metrics"] = new(false, _ => new SideAnswer(200, Exposition.ContentType, exposition.Render())),
            ["/livez"] = new(false, _ => SideAnswer.Text(200, "live")),
            ["/readyz"] = new(false, _ => Ready()),
            ["/status"] = new(false, _ => new SideAnswer(200, JsonType, status.Render())),
            ["/policy"] = new(false, _ => new SideAnswer(200, JsonType, PolicyPage.Render(control.Plan.Snapshot.Rollout))),
            ["/guard/reset"] = new(true, query => Operate(query, control.ResetGuard)),
            ["/abort"] = new(true, query => Operate(query, control.Abort)),
            ["/drain"] = new(true, _ => Drain()),
            ["/log-level"] = new(true, SetLogLevel),
        };
    }

    public SideAnswer Answer(RequestHead head)
    {
        string target = Encoding.ASCII.GetString(head.OriginTarget); // visible ASCII by its grammar
        int query = target.IndexOf('?');
        if (!_pages.TryGetValue(query < 0 ? target : target[..query], out Page? page))
        {
            return NotFound();
        }

        if (page.ChangesState)
        {
            switch (BearerToken.Check(head, _control.Plan.Snapshot.Edge.Admin?.TokenFile))
            {
                case Permission.NoToken:
                    return NotFound();
                case Permission.Denied:
                    return SideAnswer.Text(401, "this call needs the token of admin.tokenFile: Authorization: Bearer TOKEN", "WWW-Authenticate: Bearer\r\n");
            }
        }

        bool allowed = page.ChangesState ? head.Method == Method.Post : head.Method is Method.Get or Method.Head;
        if (!allowed)
        {
            string methods = page.ChangesState ? "POST" : "GET, HEAD";
            return SideAnswer.Text(405, $"this page knows {methods}", $"Allow: {methods}\r\n");
        }

        try
        {
            return page.Render(query < 0 ? "" : target[(query + 1)..]);
        }
        catch (Exception failure) // a fault of ours: this page fails, the port and the process go on
        {
            Log.PageFailed(_log, target, failure);
            return SideAnswer.Text(500, "this page cannot be written; the log says why");
        }
    }

    /// <summary>Something that should not be happened outside of a page.</summary>
    public void Report(Exception bug) => Log.Bug(_log, bug);

    private SideAnswer NotFound()
    {
        bool changes = _control.Plan.Snapshot.Edge.Admin?.TokenFile is not null;
        StringBuilder text = new("no such page; there are\n");
        foreach ((string path, Page page) in _pages)
        {
            if (!page.ChangesState || changes)
            {
                text.Append(page.ChangesState ? "POST " : "GET ").Append(path).Append('\n');
            }
        }

        return SideAnswer.Text(404, text.ToString().TrimEnd());
    }

    private SideAnswer Ready() => _control.Phase switch
    {
        Phase.Serving => SideAnswer.Text(200, "ready"),
        Phase.Draining => SideAnswer.Text(503, "draining"),
        _ => SideAnswer.Text(503, "starting"),
    };

    /// <summary>
    /// For a hook that runs before the signal: unready at once, clients are told to close, but new connections are still
    /// served, since balancers learn late. The signal then ends the process.
    /// </summary>
    private SideAnswer Drain()
    {
        if (_control.Phase != Phase.Draining)
        {
            Log.DrainAsked(_log);
            _control.Drain();
        }

        return SideAnswer.Text(202, "draining; connections are still served until SIGTERM");
    }

    private static SideAnswer Operate(string query, Func<string?, OperatorAnswer> operation)
    {
        const string key = "version=";
        if (query != "" && !query.StartsWith(key, StringComparison.Ordinal))
        {
            return SideAnswer.Text(400, "write ?version=NAME, or nothing for all canaries");
        }

        OperatorAnswer answer = operation(query == "" ? null : query[key.Length..]);
        return SideAnswer.Text(answer.Status, answer.Text);
    }

    private SideAnswer SetLogLevel(string query)
    {
        const string key = "level=";
        if (!query.StartsWith(key, StringComparison.Ordinal) || !LogLevelSwitch.TryParse(query[key.Length..], out LogLevel level))
        {
            return SideAnswer.Text(400, $"write POST /log-level?level=NAME with one of: {LogLevelSwitch.Names}");
        }

        _levels.Least = level;
        Log.LevelSet(_log, level);
        return SideAnswer.Text(200, $"log level: {level.ToString().ToLowerInvariant()}");
    }

    /// <param name="Render">Given the query, without its question mark.</param>
    private sealed record Page(bool ChangesState, Func<string, SideAnswer> Render);
}
