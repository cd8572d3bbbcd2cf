// Typed reading of one mapping: every question names a key with its type and bounds, every wrong answer becomes a finding
// at the place of the value and the default goes on, so that one pass finds all faults. Keys nobody asked for are reported
// at the end. Control thread.

using System.Diagnostics.CodeAnalysis;

namespace OpenClaw.Edge.Policy;

internal sealed class Section
{
    private readonly MappingNode _node;
    private readonly Findings _findings;
    private readonly HashSet<string> _asked = [];
    private readonly List<Section> _children = [];

    public Section(MappingNode node, Place place, Findings findings)
    {
        _node = node;
        Place = place;
        _findings = findings;
    }

    /// <summary>Where the mapping's own key stands.</summary>
    public Place Place { get; }

    public bool Has(string key) => Ask(key) is not null;

    /// <summary>True if the key holds exactly this word instead of a mapping or list.</summary>
    public bool Is(string key, string word)
    {
        Node? value = Ask(key)?.Value;
        if (value is OutlineNode outline)
        {
            outline.Word = word;
        }

        return value is ScalarNode scalar && scalar.Text == word;
    }

    /// <summary>The place of a key's value, or of the mapping where the key is absent.</summary>
    public Place PlaceOf(string key) => _node.Find(key)?.Value.Place ?? Place;

    /// <summary>The value of a key, or <paramref name="otherwise"/> when it is absent or at fault.</summary>
    public T Value<T>(string key, T otherwise, Rule<T> rule)
    {
        bool given = Try(key, rule, out T? value);
        (Ask(key)?.Value as OutlineNode)?.Default = otherwise;
        return given ? value! : otherwise;
    }

    /// <summary>The value of a key that has no default; false when it is absent or at fault.</summary>
    public bool Try<T>(string key, Rule<T> rule, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return Ask(key) is { } entry && TryScalar(key, entry.Value, rule, out value);
    }

    /// <summary>A file or name that is null when the key is absent or its value is "".</summary>
    public string? Text(string key) => Try(key, Rules.OptionalText, out string? text) ? text : null;

    /// <summary>The value of a key that must be there.</summary>
    /// <param name="advice">What to write, for the fault of its absence.</param>
    public T? Required<T>(string key, Rule<T> rule, string advice)
    {
        if (Ask(key) is null)
        {
            Missing(key, advice);
        }

        (Ask(key)?.Value as OutlineNode)?.IsRequired = true;
        return Try(key, rule, out T? value) ? value : default;
    }

    /// <summary>The mapping under a key; null when absent or at fault.</summary>
    public Section? Optional(string key) => Ask(key) is { } entry ? Mapping(key, entry.Place, entry.Value) : null;

    /// <summary>The mapping under a key, or one without keys, so that every question to it answers the default.</summary>
    public Section Sub(string key) => Optional(key) ?? new Section(new MappingNode(Place), Place, _findings);

    /// <summary>The entries of a mapping whose keys are names that the user chose; those with a wrong name too, for their other faults.</summary>
    /// <param name="advice">What to write; given where one entry must be there at least.</param>
    public IEnumerable<(string Name, Section Section)> Named(string key, Rule<string> name, string? advice = null)
    {
        Demand(key, advice);
        (Ask(key)?.Value as OutlineNode)?.AsNames(name.Shape);
        if (Optional(key) is not { } names)
        {
            yield break;
        }

        foreach (Entry entry in names._node.Entries)
        {
            names._asked.Add(entry.Key);
            if (name.Judge(entry.Key, out _) is { } problem)
            {
                _findings.Error(entry.Place, $"{Wording.Show(entry.Key)} {problem}");
            }

            if (names.Mapping(Wording.Show(entry.Key), entry.Place, entry.Value) is { } section)
            {
                yield return (entry.Key, section);
            }
        }
    }

    /// <summary>The entries of a mapping from names that the user chose to single values; those at fault are left out.</summary>
    public IEnumerable<(Entry Entry, string Value)> Pairs(string key, Rule<string> name, Rule<string> value)
    {
        (Ask(key)?.Value as OutlineNode)?.AsNames(name.Shape);
        if (Optional(key) is not { } names)
        {
            yield break;
        }

        foreach (Entry entry in names._node.Entries)
        {
            names._asked.Add(entry.Key);
            if (name.Judge(entry.Key, out _) is { } problem)
            {
                Complain(key, entry.Place, $"{Wording.Show(entry.Key)} {problem}");
            }
            else if (names.TryScalar(Wording.Show(entry.Key), entry.Value, value, out string? text))
            {
                yield return (entry, text);
            }
        }
    }

    /// <summary>The mappings of a list.</summary>
    /// <param name="advice">What to write; given where one entry must be there at least.</param>
    /// <param name="most">More are refused.</param>
    public IEnumerable<Section> Sections(string key, string? advice = null, int most = int.MaxValue)
    {
        int i = 0;
        foreach (Node item in Items(key, advice, most))
        {
            if (Mapping($"{key}[{i++}]", item.Place, item) is { } section)
            {
                yield return section;
            }
        }
    }

    /// <summary>The single values of a list; those at fault are left out.</summary>
    public List<T> List<T>(string key, Rule<T> rule) where T : notnull
    {
        List<T> values = new List<T>();
        foreach ((T value, _) in Values(key, rule))
        {
            values.Add(value);
        }

        return values;
    }

    /// <summary>As <see cref="List"/>, with the place of each.</summary>
    /// <param name="advice">What to write; given where one entry must be there at least.</param>
    public IEnumerable<(T Value, Place Place)> Values<T>(string key, Rule<T> rule, string? advice = null) where T : notnull
    {
        int i = 0;
        foreach (Node item in Items(key, advice, int.MaxValue))
        {
            if (TryScalar($"{key}[{i++}]", item, rule, out T? value))
            {
                yield return (value, item.Place);
            }
        }
    }

    /// <summary>A documented key that this release does not act on, unless it says what is the case anyway.</summary>
    public void Unsupported(string key, string? unless = null)
    {
        if (Ask(key) is not { } entry || entry.Value is UnusableNode)
        {
            return;
        }

        if (entry.Value is OutlineNode outline)
        {
            outline.IsUnsupported = true;
            return;
        }

        if (unless is not null && entry.Value is ScalarNode scalar && scalar.Text == unless)
        {
            return;
        }

        _findings.WithoutEffect(entry.Place, $"{key}: not supported by this release, has no effect");
    }

    public void Error(string key, string problem) => Complain(key, _node.Find(key)?.Value.Place ?? Place, problem);

    public void Error(Place place, string message) => _findings.Error(place, message);

    public void Warning(string key, string message) => _findings.Warning(PlaceOf(key), $"{key}: {message}");

    public void Missing(string key, string advice) =>
        _findings.Error(Place, Place.Line == 0 ? $"{key} is missing; {advice}" : $"{key}: missing here; {advice}");

    /// <summary>Called once on the root, after everything was read.</summary>
    public void ReportUnknown()
    {
        foreach (Entry entry in _node.Entries)
        {
            if (!_asked.Contains(entry.Key))
            {
                _findings.WithoutEffect(entry.Place, $"{Wording.Show(entry.Key)}: unknown key{Wording.Suggest(entry.Key, _asked)}");
            }
        }

        foreach (Section child in _children)
        {
            child.ReportUnknown();
        }
    }

    private Entry? Ask(string key)
    {
        _asked.Add(key);
        return _node.Find(key);
    }

    private bool TryScalar<T>(string key, Node node, Rule<T> rule, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        string? problem = null;
        switch (node)
        {
            case OutlineNode outline:
                outline.Shape = rule.Shape;
                return false;
            case UnusableNode:
                return false;
            case not ScalarNode:
                problem = "a single value belongs here, not keys or a list";
                break;
            case ScalarNode { IsNull: true }:
                problem = "no value; write one or leave the key out";
                break;
            case ScalarNode scalar:
                problem = rule.Judge(scalar.Text, out value) is { } wrong ? $"{Wording.Show(scalar.Text)} {wrong}" : null;
                break;
        }

        if (problem is not null)
        {
            Complain(key, node.Place, problem);
        }

        return problem is null;
    }

    private Section? Mapping(string key, Place place, Node node)
    {
        if (node is OutlineNode outline)
        {
            node = outline.AsMapping();
        }

        if (node is MappingNode mapping)
        {
            Section section = new Section(mapping, place, _findings);
            _children.Add(section);
            return section;
        }

        if (node is ScalarNode { IsNull: true })
        {
            Complain(key, place, "nothing stands below it; write its keys or leave it out");
        }
        else if (node is not UnusableNode)
        {
            Complain(key, node.Place, "keys with values belong here");
        }

        return null;
    }

    private List<Node> Items(string key, string? advice, int most)
    {
        Demand(key, advice);
        switch (Ask(key)?.Value)
        {
            case null or UnusableNode:
                return [];
            case OutlineNode outline:
                outline.Most = most;
                return [outline.AsList()];
            case SequenceNode { Items: var items } when items.Count <= most:
                return items;
            case SequenceNode { Items: var items }:
                Error(key, $"has {items.Count} entries; {most} is the most");
                return items;
            default:
                Error(key, "a list belongs here: [first, second]");
                return [];
        }
    }

    /// <summary>Sees that a key is there and not empty.</summary>
    /// <param name="advice">What to write; null: it may be absent.</param>
    private void Demand(string key, string? advice)
    {
        if (advice is null)
        {
            return;
        }

        switch (Ask(key)?.Value)
        {
            case null:
                Missing(key, advice);
                break;
            case OutlineNode outline:
                outline.IsRequired = outline.NeedsEntry = true;
                break;
            case SequenceNode { Items.Count: 0 } or MappingNode { Entries.Count: 0 }:
                Error(key, "names none; " + advice);
                break;
        }
    }

    /// <summary>A flag's name already says which value is meant; a file's line needs the key.</summary>
    private void Complain(string key, Place place, string problem) =>
        _findings.Error(place, place.Line == 0 ? problem : $"{key}: {problem}");
}
