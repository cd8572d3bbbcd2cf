// Reads behind the end would hit a page that cannot be read: every corpus message is parsed from memory that ends there.

using System.Buffers;
using System.Runtime.InteropServices;

namespace OpenClaw.Protocol.Tests;

public sealed class GuardPageTests
{
    /// <summary>Every prefix, so that each kind of read (vectors, words of eight, look-ahead) meets the edge at each place.</summary>
    [Fact]
    public void NoParser_ReadsBehindTheEnd()
    {
        using GuardedMemory memory = new(64 * 1024);
        Probe request = Probe.Request(), response = Probe.Response(Method.Get);
        int parsed = 0;
        foreach (CorpusCase message in CorpusCase.All.Where(c => c.Message.Length < 400))
        {
            for (int length = 1; length <= message.Message.Length; length++)
            {
                Memory<byte> view = memory.AtTheEnd(length);
                message.Message.AsSpan(0, length).CopyTo(view.Span);
                ReadOnlySequence<byte> bytes = new(view);
                request.Once(bytes);
                response.Once(bytes);
                ChunkedDecoder decoder = default;
                decoder.Decode(view.Span, new byte[length], out _, out _);
                parsed++;
            }
        }
        Assert.InRange(parsed, 10_000, int.MaxValue);
    }

    private sealed unsafe class GuardedMemory : MemoryManager<byte>
    {
        private const int ReadWrite = 3, None = 0, PrivateAnonymous = 0x22;
        private const int GuardBytes = 64 * 1024; // at least one page on every Linux
        private readonly byte* _start;
        private readonly int _size;

        internal GuardedMemory(int size)
        {
            _size = size;
            // SAFETY: a fresh private mapping of our own, unmapped once in Dispose; its upper part is made unreadable.
            _start = (byte*)Map(null, (nuint)(size + GuardBytes), ReadWrite, PrivateAnonymous, -1, 0);
            if ((nint)_start == -1 || Protect(_start + size, GuardBytes, None) != 0) { throw new InvalidOperationException("mmap"); }
        }

        internal Memory<byte> AtTheEnd(int length) => Memory[(_size - length)..];

        // SAFETY: the span covers the readable part only.
        public override Span<byte> GetSpan() => new(_start, _size);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing) => Unmap(_start, (nuint)(_size + GuardBytes));

        [DllImport("libc", EntryPoint = "mmap")]
        private static extern void* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

        [DllImport("libc", EntryPoint = "mprotect")]
        private static extern int Protect(void* address, nuint length, int protection);

        [DllImport("libc", EntryPoint = "munmap")]
        private static extern int Unmap(void* address, nuint length);
    }
}
