// What the side port answers: one table from path to page, and the rules all pages share (methods, permission). Side
// port's thread; pages only read, but for the calls that ask for a token.

using System.Text;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Feedback;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

/// <param name="ExtraLines">Further field lines, each ending in CRLF.</param>
internal readonly record struct SideAnswer(int Status, string ContentType, byte[] Body, string ExtraLines = "")
{
    public const string PlainText = "text/plain; charset=utf-8";

    public static SideAnswer Text(int status, string text, string extraLines = "") => new(status, PlainText, Encoding.UTF8.GetBytes(text + "\n"), extraLines);
}

/// <param name="Render">Given the query, without its question mark, and the body.</param>
/// <param name="BodyBytesMax">Largest body that it takes; 0: none.</param>
internal sealed record SidePage(bool ChangesState, Func<string, ReadOnlyMemory<byte>, SideAnswer> Render, int BodyBytesMax)
{
    public SidePage(bool changesState, Func<string, SideAnswer> render) : this(changesState, (query, _) => render(query), BodyBytesMax: 0) { }
}

/// <param name="Page">Null: the refusal is the answer.</param>
internal readonly record struct SideCall(string Target, SidePage? Page, SideAnswer Refusal);

internal sealed class SidePages
{
    private const string JsonType = "application/json";

    private readonly Control _control;
    private readonly LogLevelSwitch _levels;
    private readonly ILogger _log;
    private readonly Dictionary<string, SidePage> _pages;

    /// <param name="clock">Nanoseconds since the process started.</param>
    public SidePages(Control control, LogLevelSwitch levels, Func<long> clock, ILogger log)
    {
        _control = control;
        _levels = levels;
        _log = log;
        Exposition exposition = new(control, clock);
        StatusPage status = new(control, clock);
        _pages = new Dictionary<string, SidePage>
        {
            ["/metrics"] = new(false, _ => new SideAnswer(200, Exposition.ContentType, exposition.Render())),
            ["/livez"] = new(false, _ => SideAnswer.Text(200, "live")),
            ["/readyz"] = new(false, _ => Ready()),
            ["/status"] = new(false, _ => new SideAnswer(200, JsonType, status.Render())),
            ["/policy"] = new(false, _ => new SideAnswer(200, JsonType, PolicyPage.Render(control.Plan.Snapshot.Written))),
            ["/guard/reset"] = new(true, query => Operate(query, control.ResetGuard)),
            ["/abort"] = new(true, query => Operate(query, control.Abort)),
            ["/drain"] = new(true, _ => Drain()),
            ["/log-level"] = new(true, SetLogLevel),
            ["/feedback"] = new(true, (_, body) => Hear(body), FeedbackBatch.BytesMax),
        };
    }

    /// <summary>Whose request it is, and whether it may be. What is needed of the head is taken here: it may be gone when the body has come.</summary>
    public SideCall Find(RequestHead head)
    {
        string target = Encoding.ASCII.GetString(head.OriginTarget); // visible ASCII by its grammar
        int query = target.IndexOf('?');
        if (!_pages.TryGetValue(query < 0 ? target : target[..query], out SidePage? page))
        {
            return new SideCall(target, null, NotFound());
        }

        if (page.ChangesState)
        {
            switch (BearerToken.Check(head, _control.Plan.Snapshot.Edge.Admin?.TokenFile))
            {
                case Permission.NoToken:
                    return new SideCall(target, null, NotFound());
                case Permission.Denied:
                    return new SideCall(target, null, SideAnswer.Text(401, "this call needs the token of admin.tokenFile: Authorization: Bearer TOKEN", "WWW-Authenticate: Bearer\r\n"));
            }
        }

        bool allowed = page.ChangesState ? head.Method == Method.Post : head.Method is Method.Get or Method.Head;
        if (!allowed)
        {
            string methods = page.ChangesState ? "POST" : "GET, HEAD";
            return new SideCall(target, null, SideAnswer.Text(405, $"this page knows {methods}", $"Allow: {methods}\r\n"));
        }

        return new SideCall(target, page, default);
    }

    /// <param name="body">Empty unless the page takes one.</param>
    public SideAnswer Answer(in SideCall call, ReadOnlyMemory<byte> body = default)
    {
        if (call.Page is null)
        {
            return call.Refusal;
        }

        int query = call.Target.IndexOf('?');
        try
        {
            return call.Page.Render(query < 0 ? "" : call.Target[(query + 1)..], body);
        }
        catch (Exception failure) // a fault of ours: this page fails, the port and the process go on
        {
            Log.PageFailed(_log, call.Target, failure);
            return SideAnswer.Text(500, "this page cannot be written; the log says why");
        }
    }

    /// <summary>Something that should not be happened outside of a page.</summary>
    public void Report(Exception bug) => Log.Bug(_log, bug);

    private SideAnswer NotFound()
    {
        bool changes = _control.Plan.Snapshot.Edge.Admin?.TokenFile is not null;
        StringBuilder text = new("no such page; there are\n");
        foreach ((string path, SidePage page) in _pages)
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

    /// <summary>Voices from a system that is trusted.</summary>
    private SideAnswer Hear(ReadOnlyMemory<byte> body) => _control.Plan.Feedback is { } rules
        ? new SideAnswer(200, JsonType, new FeedbackBatch(_control.Desk, rules, _control.Seconds).Take(body.Span))
        : SideAnswer.Text(409, "the policy asks nobody: it has neither rating.feedback nor rating.issueFraction");
}
