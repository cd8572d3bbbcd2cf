// An object as JSON text: opened, told what kind it is, closed. The watch's thread. Whoever wrote it may be hostile or broken:
// the text may be anything, and its length is bounded by whoever hands it in.

using System.Buffers;
using System.Text.Json;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class ObjectText : IDisposable
{
    /// <summary>As deep as managedFields of a pod template go, twice.</summary>
    private const int DepthMax = 64;

    private readonly Objection _objection = new();
    private readonly JsonDocument? _document;

    /// <param name="kind">What it has to be; items of a list need not say it.</param>
    public ObjectText(in ReadOnlySequence<byte> json, string kind)
    {
        try
        {
            _document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax, AllowDuplicateProperties = false });
        }
        catch (JsonException fault)
        {
            _objection.Raise($"this is no JSON, or it has a name twice or more than {DepthMax} levels (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine})");
            return;
        }
        catch (InvalidOperationException)
        {
            _objection.Raise("this is no JSON: its names are no UTF-8");
            return;
        }

        ObjectPart root = new(_document.RootElement, "", _objection);
        if (!root.IsMapping)
        {
            root.Refuse("this is no object");
        }
        else if (root.Text("kind") is { } written && written != kind)
        {
            root.Refuse("kind", $"{Wording.Show(written)}; {kind} is expected");
        }

        Root = _objection.Text is null ? root : null;
    }

    /// <summary>Null: it is no such object; <see cref="Refusal"/> says why.</summary>
    public ObjectPart? Root { get; }

    /// <summary>The first fault that was found, while opening or reading; null: none so far.</summary>
    public string? Refusal => _objection.Text;

    public void Dispose() => _document?.Dispose();
}
