// Asks every rate limit about a request, before any is charged. One object per snapshot; Check runs on every worker, Create on
// the control thread. Never reads a clock, never allocates in Check.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Limit;

internal sealed class Limiter
{
    /// <summary>Most bytes that <see cref="WriteFields"/> writes: three lines of a name and up to three numbers each.</summary>
    public const int FieldsBytesMax = 256;

    private readonly Entry[] _entries; // in the order in which the tables came into being

    private Limiter(Entry[] entries)
    {
        _entries = entries;
        AsksForAddress = entries.Any(entry => entry.Reader.AsksForAddress);
    }

    /// <summary>Some limit has the client's address for its key.</summary>
    public bool AsksForAddress { get; }

    /// <summary>
    /// The limits of a policy; null without any. One that counts like one before goes on with what that has counted, also when it
    /// stands at another place, is only observed now, or tells its clients otherwise.
    /// </summary>
    /// <param name="previous">The limits in use until now.</param>
    public static Limiter? Create(IReadOnlyList<RateLimitSettings> settings, Limiter? previous) =>
        settings.Count == 0 ? null : Create(settings, previous, () => new KeyTable());

    internal static Limiter Create(IReadOnlyList<RateLimitSettings> settings, Limiter? previous, Func<KeyTable> newTable)
    {
        // Tables that stay keep their order and new ones come last. So all snapshots enter the tables that they share in one
        // order, and workers that still use the old one cannot wait for each other in a circle.
        List<int> open = [.. Enumerable.Range(0, settings.Count)];
        List<Entry> entries = [];
        foreach (Entry before in previous?._entries ?? [])
        {
            int found = open.FindIndex(index => before.Settings.CountsLike(settings[index]));
            if (found >= 0)
            {
                entries.Add(new Entry(open[found], settings[open[found]], before.Table));
                open.RemoveAt(found);
            }
        }

        entries.AddRange(open.Select(index => new Entry(index, settings[index], newTable())));
        return new Limiter([.. entries]);
    }

    /// <summary>Charges the request to the keys it has, or refuses it and charges it to none.</summary>
    /// <param name="client">The client's address; null: it has none.</param>
    /// <param name="now">The worker's clock, in nanoseconds; it may lag.</param>
    public Verdict Check(RequestHead head, NetworkAddress? client, long now)
    {
        const int without = -1;
        Span<byte> address = stackalloc byte[NetworkAddress.BytesMax];
        address = address[..Write(client, address)];
        Span<ulong> keys = stackalloc ulong[RateLimitList.Max];
        Span<int> cells = stackalloc int[RateLimitList.Max];
        for (int i = 0; i < _entries.Length; i++)
        {
            ReadOnlySpan<byte> key = _entries[i].Reader.Read(head, address);
            keys[i] = _entries[i].Table.Hash(key);
            cells[i] = key.IsEmpty ? without : 0;
        }

        long moment = Rate.Moment(now);
        Verdict verdict = new(Verdict.None, 0, 0, 0, 0);
        for (int i = 0; i < _entries.Length; i++)
        {
            if (cells[i] != without)
            {
                cells[i] = _entries[i].Table.Enter(keys[i], moment);
                verdict = _entries[i].Judge(verdict, cells[i], moment);
            }
        }

        for (int i = 0; i < _entries.Length; i++)
        {
            if (cells[i] != without)
            {
                Entry entry = _entries[i];
                ref long word = ref entry.Table.Word(cells[i]);
                if (!verdict.IsRefused && entry.Rate.Wait(word, moment) == 0)
                {
                    word = entry.Rate.Charged(word, moment);
                }

                entry.Table.Leave(cells[i]);
            }
        }

        return verdict;
    }

    /// <summary>The field lines that tell a refused client when to come again.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteFields(Span<byte> destination, in Verdict verdict)
    {
        HeadWriter writer = new(destination);
        long seconds = Seconds(verdict.WaitNanoseconds);
        writer.Write("Retry-After: "u8);
        writer.WriteNumber(seconds);
        writer.Write("\r\n"u8);
        foreach (Entry entry in _entries)
        {
            if (entry.Index == verdict.Limit)
            {
                entry.WriteFields(ref writer, seconds);
            }
        }

        return writer.Written;
    }

    /// <summary>An IPv6 client is its network of 64 bits: it has all the addresses in there, and takes another as often as it likes (RFC 8981).</summary>
    private static int Write(NetworkAddress? client, Span<byte> destination) =>
        client is { } address ? Math.Min(address.Write(destination), sizeof(ulong)) : 0;

    private static long Seconds(long nanoseconds) => (nanoseconds + 999_999_999) / 1_000_000_000;

    /// <param name="Index">In the policy's list.</param>
    private sealed record Entry(int Index, RateLimitSettings Settings, KeyTable Table)
    {
        private readonly byte[] _fixedLine = Encoding.ASCII.GetBytes(Settings.Fields switch
        {
            RateLimitFields.Draft => $"RateLimit-Policy: \"{Index}\";q={Settings.Burst};w={Seconds(new Rate(Settings).RefillNanoseconds)}\r\n",
            RateLimitFields.X => $"X-RateLimit-Limit: {Settings.Burst}\r\n",
            _ => "",
        });

        private readonly byte[] _waitLine = Encoding.ASCII.GetBytes(Settings.Fields switch
        {
            RateLimitFields.Draft => $"RateLimit: \"{Index}\";r=0;t=",
            RateLimitFields.X => "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: ",
            _ => "",
        });

        public Rate Rate { get; } = new(Settings);

        public KeyReader Reader { get; } = new(Settings.Key);

        /// <summary>The verdict of the limits so far and this one.</summary>
        public Verdict Judge(in Verdict so, int cell, long moment)
        {
            uint bit = 1u << Index;
            Verdict verdict = KeyTable.IsShared(cell) ? so with { Shared = so.Shared | bit } : so;
            long wait = Rate.Wait(Table.Word(cell), moment);
            if (wait == 0)
            {
                return verdict;
            }

            if (!Settings.Enforces)
            {
                return verdict with { Observed = verdict.Observed | bit };
            }

            verdict = verdict with { Enforced = verdict.Enforced | bit };
            return wait > verdict.WaitNanoseconds ? verdict with { Limit = Index, WaitNanoseconds = wait } : verdict;
        }

        public void WriteFields(ref HeadWriter writer, long seconds)
        {
            if (_waitLine.Length > 0)
            {
                writer.Write(_fixedLine);
                writer.Write(_waitLine);
                writer.WriteNumber(seconds);
                writer.Write("\r\n"u8);
            }
        }
    }
}
