// The tree of a YAML file (or of flags) with the place of every value. Built and read on the control thread;
// knows nothing of what the keys mean.

namespace OpenClaw.Edge.Policy;

internal abstract record Node(Place Place);

/// <param name="IsPlain">Written without quotes, so that nothing at all and <c>~</c> mean "no value".</param>
internal sealed record ScalarNode(Place Place, string Text, bool IsPlain = false) : Node(Place)
{
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record SequenceNode(Place Place, List<Node> Items) : Node(Place);

/// <summary>Something already reported; readers pass over it in silence.</summary>
internal sealed record UnusableNode(Place Place) : Node(Place);

internal sealed record Entry(string Key, Place Place, Node Value);

internal record MappingNode(Place Place) : Node(Place)
{
    private readonly Dictionary<string, Entry> _byKey = [];

    public List<Entry> Entries { get; } = [];

    public virtual Entry? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Adds an entry; a second one of the same key is reported, and the first stays.</summary>
    public void Add(string key, Place place, Node value, Findings findings)
    {
        Entry entry = new Entry(key, place, value);
        if (_byKey.TryAdd(key, entry))
        {
            Entries.Add(entry);
        }
        else if (place.Line == 0)
        {
            findings.Error(place, $"{Wording.Show(key)} is given twice");
        }
        else
        {
            findings.Error(place, $"{Wording.Show(key)}: given twice, first in line {_byKey[key].Place.Line}; keep one");
        }
    }

    public void Set(Entry entry)
    {
        int at = Entries.FindIndex(e => e.Key == entry.Key);
        if (at < 0)
        {
            Entries.Add(entry);
        }
        else
        {
            Entries[at] = entry;
        }

        _byKey[entry.Key] = entry;
    }
}
