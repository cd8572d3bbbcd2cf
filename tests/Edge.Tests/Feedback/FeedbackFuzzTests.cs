// Bytes that nobody meant: tokens and bodies mutated at random from good ones. Nothing throws, nothing is believed that was not
// signed, nothing is heard twice. Deterministic; OPENCLAW_FUZZ_SCALE=N runs N times as many, each of them another.

using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Split;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class FeedbackFuzzTests
{
    private const int Round = 50_000;

    private static readonly int Scale =
        int.TryParse(Environment.GetEnvironmentVariable("OPENCLAW_FUZZ_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out int factor) ? Math.Max(1, factor) : 1;

    private static readonly string[] Pieces =
        ["{", "}", "[", "]", "\"", ":", ",", "token", "score", "\"token\":", "\"score\":", "version", "count", "0.8", "-", "1e999", "NaN", "null", "true", "\\u0061", "\\ud800", "=", "&", "%", " ", "\n", "\0", "\u00ff"];

    [Fact]
    public void Token_IsBelievedOnlyAsItWasSigned()
    {
        FeedbackRules rules = Voices.Rules(), foreign = Voices.Rules(keys: Voices.KeyB);
        SessionCookie cookies = new("s", TimeSpan.FromHours(1), 1, Heads.Keys(Voices.KeyA));
        HashSet<string> signed = [];
        int believed = 0;
        for (int i = 0; i < Round * Scale; i++)
        {
            Random random = new(i);
            string text = rules.Token((ulong)i, random.Next(2) == 0 ? "v1" : "v2", Voices.Now + random.Next(-5_000, 200), (byte)i);
            signed.Add(text);
            string other = random.Next(3) switch
            {
                0 => foreign.Token((ulong)i),
                1 => Heads.Cookie(cookies, (ulong)i),
                _ => rules.Token((ulong)i, at: Voices.Now - 1),
            };
            if (other.Length == text.Length && random.Next(3) == 2)
            {
                int cut = random.Next(text.Length);
                text = text[..cut] + other[cut..]; // one's content under another's signature
            }
            else
            {
                text = Mutate(text, other, random);
            }

            FeedbackResult result = FeedbackToken.Read(Encoding.Latin1.GetBytes(text), Heads.Keys(Voices.KeyA), out FeedbackToken token);
            bool isSigned = signed.Contains(text) || (text == other && other == rules.Token((ulong)i, at: Voices.Now - 1));
            Assert.True(result == FeedbackResult.Accepted == isSigned, $"{i}: {result} {text}");
            Assert.True(isSigned || token == default);
            believed += isSigned ? 1 : 0;
        }

        Assert.InRange(believed, 1, Round * Scale / 2); // some mutations change nothing
    }

    [Fact]
    public void Body_IsAVoiceExactlyWhenAStrictParserSaysSo()
    {
        int voices = 0;
        for (int i = 0; i < Round * Scale; i++)
        {
            Random random = new(i);
            string text = Mutate(Good(random, "abc_-09"), Good(random, "xyz"), random);
            byte[] body = Encoding.UTF8.GetBytes(text);
            string? problem = FeedbackEntry.Read(body, out FeedbackEntry entry);
            Assert.True(problem is null == IsVoice(body), $"{i}: {problem ?? "taken"}: {text}");
            if (problem is null)
            {
                voices++;
                Assert.True(!entry.Token.IsEmpty && entry.Version.IsEmpty && entry is { Score: >= 0 and <= 1, Count: 1 });
            }

            if (FeedbackEntry.ReadJson(body, isTrusted: true, out entry) is null)
            {
                Assert.True(entry.Token.IsEmpty != entry.Version.IsEmpty && entry is { Score: >= 0 and <= 1, Count: >= 1 and <= FeedbackEntry.CountMax });
            }
        }

        Assert.InRange(voices, Round * Scale / 100, Round * Scale);
    }

    [Fact]
    public void Desk_HearsWhatWasSignedOnceAndNothingElse()
    {
        for (int round = 0; round < Scale; round++)
        {
            FeedbackDesk desk = new();
            FeedbackRules rules = Voices.Rules(), foreign = Voices.Rules(keys: Voices.KeyB);
            string[] tokens = [.. Enumerable.Range(0, 2_000).Select(nonce => rules.Token((ulong)nonce, "v1", Voices.Now - nonce))];
            HashSet<string> heard = [];
            Random random = new(round);
            for (int i = 0; i < Round / 2; i++)
            {
                string token = tokens[random.Next(tokens.Length)], other = foreign.Token((ulong)i);
                byte[] body = Encoding.UTF8.GetBytes(Mutate(Good(random, token), Good(random, random.Next(2) == 0 ? other : token), random));
                if (desk.Hear(rules, body, Voices.Now + random.Next(-100, 100)) == FeedbackResult.Accepted)
                {
                    FeedbackEntry.Read(body, out FeedbackEntry entry);
                    string said = Encoding.ASCII.GetString(entry.Token);
                    Assert.True(tokens.Contains(said) && heard.Add(said), $"{round}/{i}: {said}");
                    desk.Voices.TryTake(out _);
                }
            }

            Assert.InRange(heard.Count, 500, tokens.Length);
        }
    }

    [Fact]
    public void Batch_IsNeverTooMuch()
    {
        FeedbackRules rules = Voices.Rules();
        for (int i = 0; i < Round * Scale / 20; i++)
        {
            FeedbackDesk desk = new();
            Random random = new(i);
            string[] entries = [.. Enumerable.Range(0, random.Next(6)).Select(nonce => Good(random, rules.Token((ulong)nonce % 3)))];
            string text = random.Next(2) == 0 ? "[" + string.Join(',', entries) + "]" : string.Join('\n', entries);
            JsonElement report = JsonDocument.Parse(new FeedbackBatch(desk, rules, Voices.Now).Take(Encoding.UTF8.GetBytes(Mutate(text, text, random)))).RootElement;
            Assert.InRange(report.GetProperty("accepted").GetInt32(), 0, 3);
            Assert.Equal(report.GetProperty("accepted").GetInt32(), desk.Voices.Count);
        }
    }

    private static string Good(Random random, string token)
    {
        string score = random.Next(8) switch { 0 => "1.5", 1 => "-1", 2 => "0", 3 => "1", 4 => "1e-3", 5 => "\"1\"", _ => random.NextDouble().ToString("R", CultureInfo.InvariantCulture) };
        return random.Next(3) switch
        {
            0 => $"token={token}&score={score}",
            1 => $$"""{"token":"{{token}}","score":{{score}}}""",
            _ => $$""" {"score" : {{score}}, "token": "{{token}}" } """,
        };
    }

    private static string Mutate(string text, string other, Random random)
    {
        StringBuilder mutant = new(text);
        for (int times = random.Next(4); times > 0 && mutant.Length > 0; times--)
        {
            int at = random.Next(mutant.Length), length = Math.Min(random.Next(1, 8), mutant.Length - at);
            switch (random.Next(7))
            {
                case 0: mutant[at] = (char)(mutant[at] ^ 1 << random.Next(7)); break;
                case 1: mutant[at] = (char)random.Next(256); break;
                case 2: mutant.Remove(at, length); break;
                case 3: mutant.Insert(at, mutant.ToString(at, length)); break;
                case 4: mutant.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                case 5: mutant.Length = at; break;
                default:
                    int from = random.Next(other.Length), most = Math.Min(length, other.Length - from);
                    mutant.Remove(at, length).Insert(at, other.AsSpan(from, most));
                    break;
            }
        }

        return mutant.ToString();
    }

    /// <summary>The same question to a parser that builds the whole document; a form by plain string work.</summary>
    private static bool IsVoice(byte[] body)
    {
        string text = Encoding.UTF8.GetString(body).Trim(' ', '\t', '\r', '\n');
        if (!text.StartsWith('{'))
        {
            string[][] pairs = [.. text.Split('&').Select(pair => pair.Split('=', 2))];
            return pairs.Length == 2 && pairs.All(pair => pair.Length == 2) && pairs.Select(pair => pair[0]).Order().SequenceEqual(["score", "token"])
                && pairs.Single(pair => pair[0] == "token")[1].Length > 0 && IsScore(pairs.Single(pair => pair[0] == "score")[1]);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonProperty[] properties = [.. document.RootElement.EnumerateObject()];
            return properties.Length == 2 && !text.Contains('\\')
                && properties.Select(property => property.Name).Order().SequenceEqual(["score", "token"])
                && properties.All(property => property.Name == "token"
                    ? property.Value.ValueKind == JsonValueKind.String && property.Value.GetRawText().Length > 2
                    : property.Value.ValueKind == JsonValueKind.Number && IsScore(property.Value.GetRawText()));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsScore(string text)
    {
        try
        {
            using JsonDocument number = JsonDocument.Parse(text);
            return text.Trim(' ', '\t', '\r', '\n') == text && number.RootElement.ValueKind == JsonValueKind.Number
                && double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is >= 0 and <= 1;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
