// Feedback by one policy: the keys and names that tokens are made of, where they come back, and what one address may say. One
// object per snapshot, immutable but for the limit's own counts; any worker. Never reads a clock.

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Feedback;

internal sealed class FeedbackRules
{
    private static readonly byte[] LineName = "X-OpenClaw-Feedback: "u8.ToArray();

    private readonly FeedbackSettings _settings;
    private readonly SigningKeys _keys;
    private readonly byte[] _path; // empty: nowhere
    private readonly Dictionary<string, ulong> _marks;
    private readonly Dictionary<ulong, string> _names;

    private FeedbackRules(FeedbackSettings settings, Snapshot snapshot, FeedbackRules? before)
    {
        _settings = settings;
        _keys = snapshot.FeedbackKeys ?? SigningKeys.OfThisProcess;
        _path = Encoding.ASCII.GetBytes(settings.Path ?? "");
        _marks = snapshot.Edge.Versions.ToDictionary(version => version.Name, version => MarkOf(version.Name));
        _names = _marks.ToDictionary(mark => mark.Value, mark => mark.Key);
        Limiter = Limiter.Create([settings.Limit], before?.Limiter)!;
    }

    /// <summary>Length of what <see cref="WriteLine"/> writes.</summary>
    public static int LineBytes => LineName.Length + FeedbackToken.TextBytes + "\r\n".Length;

    /// <summary>What one address may say.</summary>
    public Limiter Limiter { get; }

    /// <summary>Some responses carry a token.</summary>
    public bool Issues => _settings.IssueFraction > 0;

    /// <summary>Null: the policy asks nobody.</summary>
    /// <param name="before">Of the snapshot before, whose limit goes on counting.</param>
    public static FeedbackRules? Create(Snapshot snapshot, FeedbackRules? before) =>
        snapshot.Rollout.Rating.Feedback is { } settings ? new FeedbackRules(settings, snapshot, before) : null;

    /// <summary>The request's path is the one where tokens come back; a query does not matter.</summary>
    public bool IsCalled(RequestHead head)
    {
        ReadOnlySpan<byte> target = head.OriginTarget;
        return _path.Length > 0 && target.StartsWith(_path) && (target.Length == _path.Length || target[_path.Length] == '?');
    }

    /// <summary>Writes the field line with a new token.</summary>
    /// <param name="version">A version of the snapshot.</param>
    /// <param name="seconds">Now, since 1970.</param>
    /// <returns>Bytes written: <see cref="LineBytes"/>; 0: the version is not of the snapshot.</returns>
    public int WriteLine(Span<byte> destination, string version, ulong nonce, long seconds, byte cell, byte age)
    {
        if (!_marks.TryGetValue(version, out ulong mark))
        {
            return 0;
        }

        LineName.CopyTo(destination);
        Span<byte> value = destination[LineName.Length..];
        new FeedbackToken(seconds, nonce, mark, cell, age).Write(value, _keys);
        "\r\n"u8.CopyTo(value[FeedbackToken.TextBytes..]);
        return LineBytes;
    }

    /// <summary>Whether a token was signed here and is neither too old nor too new; whether it was used is not asked.</summary>
    /// <param name="seconds">Now, since 1970.</param>
    /// <param name="version">Null: unknown.</param>
    public FeedbackResult Read(ReadOnlySpan<byte> text, long seconds, out FeedbackToken token, out string? version)
    {
        version = null;
        FeedbackResult result = FeedbackToken.Read(text, _keys, out token);
        return result != FeedbackResult.Accepted ? result
            : !_names.TryGetValue(token.Version, out version) ? FeedbackResult.Foreign
            : token.IssuedAt > seconds + ReplayWindow.SkewMax ? FeedbackResult.Skewed
            : token.IssuedAt + (long)_settings.TokenMaxAge.TotalSeconds < seconds ? FeedbackResult.Expired
            : FeedbackResult.Accepted;
    }

    /// <summary>The version of this name; null: there is none here.</summary>
    public string? VersionNamed(ReadOnlySpan<byte> name)
    {
        foreach (string version in _marks.Keys)
        {
            if (Ascii.Equals(name, version))
            {
                return version;
            }
        }

        return null;
    }

    private static ulong MarkOf(string version) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(version)));
}
