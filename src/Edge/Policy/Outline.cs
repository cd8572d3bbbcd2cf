// What a reader asks, written down: a tree in which every key exists and every value is whatever it is taken for. A reader that
// went over it leaves the outline of its document, which therefore cannot differ from what it reads. Main thread of the verb.

namespace OpenClaw.Edge.Policy;

/// <summary>A mapping that has every key it is asked for, in the order of asking.</summary>
internal sealed record OutlineMapping() : MappingNode(OutlineNode.Nowhere)
{
    public static OutlineMapping OfEdge() => By(root => EdgeDocument.Read(root));

    public static OutlineMapping OfPolicy() => By(root => PolicyDocument.Read(root, edge: null, new Findings(strict: false)));

    public override Entry Find(string key)
    {
        if (base.Find(key) is not { } entry)
        {
            entry = new Entry(key, Place, new OutlineNode());
            Set(entry);
        }

        return entry;
    }

    private static OutlineMapping By(Action<Section> read)
    {
        OutlineMapping root = new();
        read(new Section(root, root.Place, new Findings(strict: false)));
        return root;
    }
}

/// <summary>A value of which nothing is known but what it was taken for.</summary>
internal sealed record OutlineNode() : Node(Nowhere)
{
    /// <summary>Stands for a name that the user chooses.</summary>
    public const string AnyName = "NAME";

    public static readonly Place Nowhere = Place.Of("outline");

    /// <summary>The key must be there.</summary>
    public bool IsRequired { get; set; }

    /// <summary>A list or a mapping of names that must not be empty.</summary>
    public bool NeedsEntry { get; set; }

    /// <summary>A documented key that has no effect in this release.</summary>
    public bool IsUnsupported { get; set; }

    /// <summary>A word that may stand instead of a mapping.</summary>
    public string? Word { get; set; }

    /// <summary>Of a single value; else null.</summary>
    public Shape? Shape { get; set; }

    /// <summary>What holds without the key; null: nothing, or what other keys say.</summary>
    public object? Default { get; set; }

    /// <summary>Of a mapping: its keys, or the one entry for all names; else null.</summary>
    public OutlineMapping? Keys { get; private set; }

    /// <summary>How names must look, where a mapping goes from names to values; else null.</summary>
    public Shape? Name { get; private set; }

    /// <summary>Of a list: what each of its entries is; else null.</summary>
    public OutlineNode? Item { get; private set; }

    /// <summary>The most entries of the list.</summary>
    public int? Most { get; set; }

    public OutlineMapping AsMapping() => Keys ??= new OutlineMapping();

    public void AsNames(Shape name)
    {
        Name = name;
        AsMapping().Find(AnyName);
    }

    public OutlineNode AsList() => Item ??= new OutlineNode();
}
