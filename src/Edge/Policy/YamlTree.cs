// From the bytes of a YAML file to a tree of nodes with their places, out of the parser's events, so that one load can
// list every fault. Control thread. Bounded in size and depth; anchors, aliases, merge keys and tags are refused
// (nothing here needs them, and without aliases a small file cannot unfold into a large one). Never throws for bad input.

using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OpenClaw.Edge.Policy;

internal sealed class YamlTree
{
    /// <summary>The largest ConfigMap that Kubernetes takes is as big: 1 MiB.</summary>
    public const int BytesMax = 1 << 20;

    /// <summary>The deepest documented key lies 6 levels down.</summary>
    private const int DepthMax = 16;

    private readonly string _file;
    private readonly Findings _findings;
    private readonly Scanner _scanner;
    private readonly Parser _parser;

    private YamlTree(string file, string text, Findings findings)
    {
        _file = file;
        _findings = findings;
        _scanner = new Scanner(new StringReader(text));
        _parser = new Parser(_scanner);
    }

    /// <returns>The root mapping, or null when the file could not be read as one; the findings then say why.</returns>
    public static MappingNode? Read(string file, byte[] bytes, Findings findings)
    {
        if (Decode(file, bytes, findings) is not { } text)
        {
            return null;
        }

        YamlTree tree = new YamlTree(file, text, findings);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            tree.ReportSyntax(text, e.Start, e.Message);
        }
        catch (InvalidOperationException)
        {
            // Some broken flow collections end so in YamlDotNet 16.3: "{a: 1\nb: 2".
            tree.ReportSyntax(text, tree._scanner.CurrentPosition, "a { or [ is not closed where it should be");
        }
        catch (ArgumentException)
        {
            // And so it ends with "%TAG ! " and nothing behind the blank.
            tree.ReportSyntax(text, tree._scanner.CurrentPosition, "a %TAG line says nothing");
        }

        return null;
    }

    private MappingNode? Document()
    {
        Next(); // stream start
        if (Next() is not DocumentStart)
        {
            _findings.Error(new Place(_file, 1, 1), "the file is empty");
            return null;
        }

        Next();
        Node root = Read(depth: 1);
        Next(); // document end
        if (Next() is DocumentStart second)
        {
            _findings.Error(At(second), "a second document begins here; one file holds one document");
            return null;
        }

        if (root is MappingNode mapping)
        {
            return mapping;
        }

        if (root is ScalarNode { IsNull: true })
        {
            _findings.Error(new Place(_file, 1, 1), "the file is empty");
        }
        else if (root is not UnusableNode)
        {
            _findings.Error(root.Place, "the file must hold keys with values (key: value)");
        }

        return null;
    }

    /// <summary>Reads the node that begins at the current event and leaves its last event current.</summary>
    private Node Read(int depth)
    {
        Place place = At(_parser.Current!);
        // To go on would only make the parser slow: its work per token grows with the depth.
        if (depth > DepthMax)
        {
            throw Broken(_parser.Current!.Start, $"nested deeper than {DepthMax} levels");
        }

        if (_parser.Current is AnchorAlias alias)
        {
            _findings.Error(place, $"*{Wording.Show(alias.Value.Value)}: aliases are not read; write the value out");
            return new UnusableNode(place);
        }
        // Out of broken text the parser can hand an end where a value should begin.
        if (_parser.Current is not NodeEvent start)
        {
            throw Broken(_scanner.CurrentPosition, "a value is missing");
        }

        if (!start.Anchor.IsEmpty)
        {
            _findings.Error(place, $"&{Wording.Show(start.Anchor.Value)}: anchors are not read; write the value where it belongs");
        }

        if (!start.Tag.IsEmpty)
        {
            _findings.Error(place, $"{Wording.Show(start.Tag.Value)}: tags are not read; leave it out");
        }

        return start switch
        {
            Scalar scalar => new ScalarNode(place, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadSequence(place, depth),
            _ => ReadMapping(place, depth),
        };
    }

    private SequenceNode ReadSequence(Place place, int depth)
    {
        List<Node> items = new List<Node>();
        while (Next() is not SequenceEnd)
        {
            items.Add(Read(depth + 1));
        }

        return new SequenceNode(place, items);
    }

    private MappingNode ReadMapping(Place place, int depth)
    {
        MappingNode mapping = new MappingNode(place);
        while (Next() is not MappingEnd)
        {
            Node key = Read(depth + 1);
            Next();
            Node value = Read(depth + 1);
            if (key is ScalarNode { Text: "<<", IsPlain: true })
            {
                _findings.Error(key.Place, "<<: merge keys are not read; write the keys out");
            }
            else if (key is ScalarNode scalar)
            {
                mapping.Add(scalar.Text, scalar.Place, value, _findings);
            }
            else if (key is not UnusableNode)
            {
                _findings.Error(key.Place, "a key must be a plain word");
            }
        }

        return mapping;
    }

    private ParsingEvent Next() =>
        _parser.MoveNext() ? _parser.Current! : throw Broken(_scanner.CurrentPosition, "the text breaks off");

    private static YamlException Broken(Mark at, string message) => new(at, at, message);

    private Place At(ParsingEvent e) => new(_file, (int)e.Start.Line, (int)e.Start.Column);

    private static string? Decode(string file, byte[] bytes, Findings findings)
    {
        if (bytes.Length > BytesMax)
        {
            findings.Error(new Place(file, 1, 1), $"larger than {BytesMax} bytes");
            return null;
        }

        ReadOnlySpan<byte> body = bytes;
        if (body.StartsWith(Encoding.UTF8.Preamble))
        {
            body = body[Encoding.UTF8.Preamble.Length..];
        }
        // Lenient decoding first: the replacement character then shows the line and column of what is not UTF-8.
        string text = Encoding.UTF8.GetString(body);
        int bad = text.AsSpan().IndexOfAnyInRange('\0', '\u0008');
        string what = "a control character";
        if (!System.Text.Unicode.Utf8.IsValid(body))
        {
            bad = text.IndexOf('\uFFFD');
            what = "a byte that is not UTF-8";
        }

        if (bad < 0)
        {
            return text;
        }

        int lineStart = text.LastIndexOf('\n', bad) + 1;
        findings.Error(new Place(file, text.AsSpan(0, bad).Count('\n') + 1, bad - lineStart + 1), what + " stands here");
        return null;
    }

    /// <summary>The parser's own words, except for the commonest mistake, which they describe badly and a line early.</summary>
    private void ReportSyntax(string text, Mark at, string message)
    {
        string[] lines = text.Split('\n');
        int last = message.Contains(" tab ", StringComparison.Ordinal) ? lines.Length : (int)at.Line + 1;
        for (int i = (int)at.Line; i <= Math.Min(last, lines.Length); i++)
        {
            int tab = lines[i - 1].IndexOf('\t');
            if (tab < 0 || lines[i - 1].AsSpan(0, tab).TrimStart(' ').Length > 0)
            {
                continue;
            }

            _findings.Error(new Place(_file, i, tab + 1), "a tab stands in the indentation; YAML is indented with spaces");
            return;
        }

        _findings.Error(new Place(_file, (int)at.Line, (int)at.Column), "cannot be read as YAML: " + Wording.Show(message).Trim('"'));
    }
}
