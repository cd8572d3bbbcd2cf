// The operator's own edits of a head: fields removed, fields set. Compiled once per snapshot; any worker reads it.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class FieldRewrite
{
    private readonly byte[][] _gone;

    public FieldRewrite(FieldEdits edits)
    {
        _gone = [.. edits.Remove.Concat(edits.Set.Select(field => field.Key)).Select(Encoding.ASCII.GetBytes)];
        Lines = Encoding.Latin1.GetBytes(string.Concat(edits.Set.Select(field => $"{field.Key}: {field.Value}\r\n")));
    }

    /// <summary>The fields that are set, as lines that end in CRLF.</summary>
    public byte[] Lines { get; }

    /// <summary>Withholds what is removed, and what is set anew.</summary>
    public void Apply(MessageHead head)
    {
        if (_gone.Length == 0)
        {
            return;
        }

        for (int i = 0; i < head.Fields.Count; i++)
        {
            foreach (byte[] name in _gone)
            {
                if (Ascii.EqualsIgnoreCase(head.Name(head.Fields[i]), name))
                {
                    head.Fields.Withhold(i);
                }
            }
        }
    }
}
