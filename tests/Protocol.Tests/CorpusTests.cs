// Every message of the corpus in every cut: whole, in two calls and in two segments split at each byte, and byte by byte.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class CorpusTests
{
    private const int ShortMessage = 400; // above, splits are tried at the interesting ends only: the work is quadratic

    public static TheoryData<string, string> Heads() => Titles(file => !file.StartsWith("chunked", StringComparison.Ordinal));

    public static TheoryData<string, string> Bodies() => Titles(file => file.StartsWith("chunked", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Heads))]
    public void Head_HasItsVerdictInEveryCut(string file, string title)
    {
        CorpusCase message = CorpusCase.Find(file, title);
        Probe probe = message.File.StartsWith("response", StringComparison.Ordinal)
            ? Probe.Response(message.Option.Length == 0 ? Method.Get : Enum.Parse<Method>(message.Option, ignoreCase: true))
            : Probe.Request();
        byte[] bytes = message.Message;
        Outcome whole = probe.Once(new ReadOnlySequence<byte>(bytes));
        foreach ((string key, string value) in message.Verdict) { Assert.Equal($"{key}={value}", $"{key}={whole[key]}"); }

        string expected = whole.ToString();
        foreach (int split in Splits(bytes.Length))
        {
            Assert.Equal(expected, probe.Growing(bytes, [split], move: true).ToString());
            Assert.Equal(expected, probe.Once(Cuts.Segmented(bytes, split)).ToString());
            Assert.Equal(expected, InTwoCallsCutOtherwise(probe, bytes, split, border: (split + bytes.Length) / 2).ToString());
            Assert.Equal(expected, InTwoCallsCutOtherwise(probe, bytes, split, border: split / 3).ToString());
        }
        Assert.Equal(expected, probe.Growing(bytes, Enumerable.Range(0, bytes.Length), move: bytes.Length <= ShortMessage).ToString());
        Assert.Equal(expected, probe.Once(Cuts.SegmentedEvery(bytes, 1)).ToString());
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Body_HasItsVerdictInEveryCut(string file, string title)
    {
        CorpusCase message = CorpusCase.Find(file, title);
        byte[] bytes = message.Message;
        Outcome whole = ChunkedFeed.Decode(bytes, [], room: bytes.Length);
        foreach ((string key, string value) in message.Verdict) { Assert.Equal($"{key}={value}", $"{key}={whole[key]}"); }

        string expected = whole.ToString();
        foreach (int split in Splits(bytes.Length))
        {
            Assert.Equal(expected, ChunkedFeed.Decode(bytes, [split], room: bytes.Length).ToString());
            Assert.Equal(expected, ChunkedFeed.Decode(bytes, [split], room: 3).ToString());
        }
        Assert.Equal(expected, ChunkedFeed.Decode(bytes, Enumerable.Range(1, Math.Max(0, bytes.Length - 1)), room: 1).ToString());
    }

    /// <summary>The second call's segments end elsewhere than the first one's, before or behind, as when a pipe moved the bytes.</summary>
    private static Outcome InTwoCallsCutOtherwise(Probe probe, byte[] bytes, int split, int border)
    {
        probe.Reset();
        ParseResult result = probe.Parse(Cuts.Segmented(bytes.AsSpan(0, split), split / 2));
        if (result.Status == ParseStatus.Incomplete) { result = probe.Parse(Cuts.Segmented(bytes, border)); }
        return probe.Describe(result, bytes.Length);
    }

    private static IEnumerable<int> Splits(int length) => length <= ShortMessage
        ? Enumerable.Range(0, length)
        : Enumerable.Range(0, 60).Concat(Enumerable.Range(length - 60, 60));

    private static TheoryData<string, string> Titles(Func<string, bool> wanted)
    {
        TheoryData<string, string> titles = [];
        foreach (CorpusCase message in CorpusCase.All.Where(c => wanted(c.File))) { titles.Add(message.File, message.Title); }
        return titles;
    }
}

/// <summary>Drives a decoder over cut sources and small destinations.</summary>
internal static class ChunkedFeed
{
    internal static Outcome Decode(byte[] bytes, IEnumerable<int> borders, int room)
    {
        ChunkedDecoder decoder = default;
        MemoryStream data = new();
        byte[] destination = new byte[Math.Max(1, room)];
        int at = 0;
        ChunkedStatus status = ChunkedStatus.NeedMore;
        foreach (int end in borders.Append(bytes.Length))
        {
            do
            {
                status = decoder.Decode(bytes.AsSpan(at, end - at), destination, out int consumed, out int written);
                data.Write(destination, 0, written);
                at += consumed;
            }
            while (status == ChunkedStatus.DestinationFull);
            if (status != ChunkedStatus.NeedMore) { break; }
            Assert.Equal(end, at);
        }
        Outcome outcome = new() { ["status"] = status.ToString().ToLowerInvariant(), ["data"] = Encoding.Latin1.GetString(data.ToArray()) };
        outcome["rest"] = (bytes.Length - at).ToString(CultureInfo.InvariantCulture);
        outcome["offset"] = at.ToString(CultureInfo.InvariantCulture);
        if (status == ChunkedStatus.Invalid) { outcome["error"] = ParseErrors.Label(decoder.Error); }
        return outcome;
    }
}
