// A session's place: finds the point that a request carries or that follows from it, and draws a new one for a session that
// begins. One object per snapshot, immutable; any worker. Allocates nothing per request.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Split;

public sealed class Sessions
{
    private readonly Cohorts _cohorts;
    private readonly ulong _rollout;
    private readonly NetworkSet _trusted;
    private readonly KeyReader? _hashOf; // null: places come from cookies
    private readonly byte[] _salt; // with its NUL
    private readonly SessionCookie? _cookie; // null: places follow from requests themselves

    /// <param name="before">Of the snapshot before: sessions drain from the places they had there.</param>
    public Sessions(Snapshot snapshot, Sessions? before)
    {
        StickinessSettings settings = snapshot.Rollout.Stickiness!;
        _rollout = RolloutOf(snapshot);
        _trusted = new NetworkSet(snapshot.Edge.TrustedNetworks);
        _hashOf = settings.HashOf is { } source ? new KeyReader(source) : null;
        _salt = Encoding.UTF8.GetBytes((settings.Salt ?? _rollout.ToString("x16")) + '\0');
        _cookie = _hashOf is null ? new SessionCookie(settings.CookieName, settings.MaxAge, _rollout, snapshot.SessionKeys ?? SigningKeys.OfThisProcess) : null;

        Pace = before?.Pace ?? new SessionPace();

        // A hash cannot tell a session that was there from one that begins, so only cookies can drain.
        bool drains = settings.DrainsAtZero && _cookie is not null && before?._rollout == _rollout;
        _cohorts = new Cohorts(snapshot.Rollout.Canaries, drains ? before!._cohorts : null);
    }

    /// <summary>Which of their requests are compared.</summary>
    internal SessionPace Pace { get; }

    /// <summary>Most bytes that <see cref="WriteCookieLines"/> writes.</summary>
    public int CookieLinesBytesMax => _cookie?.LinesBytesMax ?? 0;

    /// <summary>Looks for the request's place. It has one only if the result is <see cref="SessionFound.Kept"/>.</summary>
    /// <param name="canary">Place in the policy's list, or <see cref="Decision.Stable"/>.</param>
    /// <param name="point">What tells it from other sessions.</param>
    public SessionFound Find(Caller caller, out int canary, out ulong point)
    {
        SessionFound found = _cookie is not null ? _cookie.Find(caller.Head, out point) : Hash(caller, out point);
        canary = found == SessionFound.Kept ? _cohorts.Of(point) : Decision.Stable;
        return found;
    }

    /// <summary>A point for a session that begins, where later requests are decided as this first one was. Null: it gets none.</summary>
    public ulong? Place(Decision first)
    {
        // What a canary that was down would have got is open again when it is up.
        if (_cookie is null || first.Reason == Reason.Unhealthy)
        {
            return null;
        }

        ulong random = 0;
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref random)));
        return _cohorts.TryPlace(first.Canary, random, out ulong point) ? point : null;
    }

    /// <summary>The field lines that give a client the point that <see cref="Place"/> drew for it.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteCookieLines(Span<byte> destination, ulong point, Caller caller) => _cookie!.WriteLines(destination, point, caller.IsHttps(_trusted));

    /// <summary>Points mean something within one rollout: these versions, in this order. The next one draws anew.</summary>
    private static ulong RolloutOf(Snapshot snapshot)
    {
        string names = string.Join('\0', snapshot.Rollout.Canaries.Select(canary => canary.Version).Prepend(snapshot.Edge.Stable));
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(names)));
    }

    private SessionFound Hash(Caller caller, out ulong point)
    {
        Span<byte> address = stackalloc byte[NetworkAddress.BytesMax];
        int length = _hashOf!.AsksForAddress && caller.TryGetAddress(_trusted, out NetworkAddress client) ? client.Write(address) : 0;
        ReadOnlySpan<byte> value = _hashOf.Read(caller.Head, address[..length]);
        point = value.IsEmpty ? 0 : PointOf(value);
        return value.IsEmpty ? SessionFound.None : SessionFound.Kept;
    }

    private ulong PointOf(ReadOnlySpan<byte> value)
    {
        const int usual = 512; // a longer value, up to a whole head, is rare enough for the heap
        int length = _salt.Length + value.Length;
        Span<byte> input = length <= usual ? stackalloc byte[usual] : new byte[length];
        _salt.CopyTo(input);
        value.CopyTo(input[_salt.Length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input[..length], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
