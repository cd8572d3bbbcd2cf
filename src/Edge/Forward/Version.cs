// Where a version runs: its name, its endpoints, and the preformatted fields that announce it. One object per name while the
// configuration names it, so that pools carry on across reloads. Written by the control thread, read by workers.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge.Forward;

internal sealed class Version(string name)
{
    public string Name { get; } = name;

    private volatile Endpoint[] _endpoints = [];
    private volatile VersionSettings? _settings;
    private volatile byte[] _announcement = [];
    private volatile UpstreamTrust? _trust;
    private byte[]? _announcedRating;
    private FieldSettings? _announcedFields;

    public VersionSettings Settings => _settings ?? throw new InvalidOperationException($"version {Name} is not configured");

    /// <summary>Replaced as a whole when the configuration changes; endpoints that stay keep their object.</summary>
    public Endpoint[] Endpoints => _endpoints;

    /// <summary>How TLS endpoints are verified; null without any.</summary>
    public UpstreamTrust? Trust => _trust;

    /// <summary>Field lines with version and rating, the same towards the upstream and the client; each ends in CRLF.</summary>
    public byte[] Announcement => _announcement;

    /// <summary>The endpoints of new settings: those that stay as they were (with their pools), and new ones.</summary>
    public Endpoint[] Match(VersionSettings settings)
    {
        bool sameTrust = _settings is { } before && before.Tls == settings.Tls;
        return [.. settings.Endpoints.Select(e => sameTrust && _endpoints.FirstOrDefault(old => old.Settings == e) is { } kept ? kept : new Endpoint(e))];
    }

    /// <param name="endpoints">What <see cref="Match"/> gave.</param>
    public void Configure(VersionSettings settings, Endpoint[] endpoints, UpstreamTrust? trust)
    {
        _trust = trust;
        _settings = settings;
        _endpoints = endpoints;
    }

    /// <summary>Writes the field lines anew if they changed. Control thread.</summary>
    /// <param name="rating">The value of X-OpenClaw-Rating.</param>
    public void Announce(byte[] rating, FieldSettings fields)
    {
        if (ReferenceEquals(rating, _announcedRating) && fields == _announcedFields)
        {
            return;
        }

        StringBuilder text = new();
        if (fields.Version)
        {
            text.Append($"X-OpenClaw-Version: {Name}\r\n");
        }

        if (fields.Rating)
        {
            text.Append($"X-OpenClaw-Rating: {Encoding.ASCII.GetString(rating)}\r\n");
        }

        _announcement = Encoding.ASCII.GetBytes(text.ToString());
        _announcedRating = rating;
        _announcedFields = fields;
    }
}
