// The conditions of an AnalysisTemplate, evaluated as Argo Rollouts does (v1.9.1, utils/evaluate): enough of its expression language for ours. Pure.

using System.Globalization;
using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public enum Verdict
{
    Successful,
    Failed,
    Inconclusive,
    Error,
}

/// <summary>What a provider says: a list of numbers (a Prometheus vector), or one value (a field of a JSON document).</summary>
internal sealed record Answer(object Value)
{
    public bool IsText => Value is string;

    public static Answer List(params double[] values) => new(values);

    public static Answer Number(double value) => new(value);

    public static Answer Text(string value) => new(value);

    public override string ToString() => Value is double[] list ? $"[{string.Join(", ", list)}]" : Value.ToString()!;
}

internal static class Verdicts
{
    /// <summary>One condition alone decides both ways; with both, neither is inconclusive and failure wins.</summary>
    public static Verdict Of(JsonNode metric, Answer answer)
    {
        try
        {
            bool? success = metric.Text("successCondition") is { } good ? Condition.Holds(good, answer) : null;
            bool? failure = metric.Text("failureCondition") is { } bad ? Condition.Holds(bad, answer) : null;
            return (failure ?? !success ?? false) ? Verdict.Failed : (success ?? !failure ?? true) ? Verdict.Successful : Verdict.Inconclusive;
        }
        catch (FormatException)
        {
            return Verdict.Error;
        }
    }
}

/// <summary>A recursive descent: or, and, not, comparison, then len(), isNaN(), result, result[N], numbers, texts, brackets.</summary>
internal sealed class Condition
{
    private readonly string[] _words;
    private readonly object _result;
    private int _at;

    private Condition(string text, object result) => (_words, _result) = (Split(text), result);

    /// <exception cref="FormatException">It does not parse, or asks of a value what that has not: an error, not a failure.</exception>
    public static bool Holds(string text, Answer answer)
    {
        Condition condition = new(text, answer.Value);
        object value = condition.Or(live: true);
        return condition._at == condition._words.Length && value is bool holds ? holds : throw new FormatException(text);
    }

    /// <param name="live">False: only read past, as the right side of what is already decided.</param>
    private object Or(bool live)
    {
        object left = And(live);
        while (Take("||"))
        {
            object right = And(live && left is false);
            left = live ? Bool(left) || Bool(right) : false;
        }

        return left;
    }

    private object And(bool live)
    {
        object left = Comparison(live);
        while (Take("&&"))
        {
            object right = Comparison(live && left is true);
            left = live && Bool(left) && Bool(right);
        }

        return left;
    }

    private object Comparison(bool live)
    {
        object left = Not(live);
        foreach (string sign in new[] { "==", "!=", ">=", "<=", ">", "<" })
        {
            if (Take(sign))
            {
                object right = Not(live);
                return live && Compare(left, sign, right);
            }
        }

        return left;
    }

    private object Not(bool live)
    {
        if (!Take("!"))
        {
            return Value(live);
        }

        object inner = Not(live);
        return live && !Bool(inner);
    }

    private object Value(bool live)
    {
        string word = _at < _words.Length ? _words[_at++] : throw new FormatException("ends too soon");
        switch (word)
        {
            case "(":
                object inner = Or(live);
                Expect(")");
                return inner;
            case "len" or "isNaN":
                Expect("(");
                object argument = Or(live);
                Expect(")");
                return !live ? 0.0 : (word, argument) switch
                {
                    ("len", double[] list) => (double)list.Length,
                    ("isNaN", double number) => double.IsNaN(number),
                    _ => throw new FormatException($"{word} of {argument}"),
                };
            case "result" when Take("["):
                int index = int.Parse(_words[_at++], CultureInfo.InvariantCulture);
                Expect("]");
                return !live ? 0.0 : _result is double[] vector && index < vector.Length ? vector[index] : throw new FormatException($"result[{index}]");
            case "result":
                return _result;
            case "true" or "false":
                return word == "true";
            default:
                return word[0] == '"' ? word.Trim('"') : double.Parse(word, CultureInfo.InvariantCulture);
        }
    }

    private static bool Compare(object left, string sign, object right) => (left, right) switch
    {
        (double a, double b) => sign switch { "==" => a == b, "!=" => a != b, ">=" => a >= b, "<=" => a <= b, ">" => a > b, _ => a < b },
        (string a, string b) when sign is "==" or "!=" => a == b == (sign == "=="),
        _ => throw new FormatException($"{left} {sign} {right}"),
    };

    private static bool Bool(object value) => value as bool? ?? throw new FormatException($"{value} is no condition");

    private bool Take(string word)
    {
        bool here = _at < _words.Length && _words[_at] == word;
        _at += here ? 1 : 0;
        return here;
    }

    private void Expect(string word)
    {
        if (!Take(word))
        {
            throw new FormatException($"no {word}");
        }
    }

    private static string[] Split(string text)
    {
        List<string> words = [];
        for (int i = 0; i < text.Length;)
        {
            int end = i + 1;
            if (text[i] == '"')
            {
                end = text.IndexOf('"', i + 1) + 1;
            }
            else if (char.IsLetterOrDigit(text[i]))
            {
                while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '.'))
                {
                    end++;
                }
            }
            else if (end < text.Length && text[i..(end + 1)] is "&&" or "||" or "==" or "!=" or ">=" or "<=")
            {
                end++;
            }

            words.Add(text[i..end]);
            for (i = end; i < text.Length && text[i] == ' '; i++)
            {
            }
        }

        return [.. words];
    }
}
