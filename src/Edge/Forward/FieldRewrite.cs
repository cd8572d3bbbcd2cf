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
                if (IsSame(head.Name(head.Fields[i]), name))
                {
                    head.Fields.Withhold(i);
                }
            }
        }
    }

    /// <summary>An underscore counts as a hyphen: CGI-style backends cannot tell them apart, so a client could bring back what is set or removed here.</summary>
    private static bool IsSame(ReadOnlySpan<byte> name, byte[] gone)
    {
        if (name.Length != gone.Length)
        {
            return false;
        }

        for (int i = 0; i < gone.Length; i++)
        {
            if (Fold(name[i]) != Fold(gone[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static byte Fold(byte b) => b == '_' ? (byte)'-' : b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
