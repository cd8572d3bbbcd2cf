// Real handshakes in memory, full and resumed, in both versions of TLS: what the server's first flight says.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge.Tests.Tls;

public sealed class ServerHelloTests
{
    [Fact]
    public void Nonsense_DecidesNothing()
    {
        Assert.Null(ServerHello.SaysResumed([]));
        Assert.Null(ServerHello.SaysResumed(new byte[200]));
        byte[] cut = new byte[60];
        (cut[0], cut[5], cut[8]) = (22, 2, 200); // a ServerHello that claims to be longer than the flight
        Assert.Null(ServerHello.SaysResumed(cut));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task FullHandshake_IsNotResumed(SslProtocols version)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (MemoryPipe client, MemoryPipe server) = MemoryPipe.Pair();
        using SslStream serverSide = new(server), clientSide = new(client, false, (_, _, _, _) => true);
        await Task.WhenAll(
            serverSide.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = version }),
            clientSide.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version }));
        Assert.Equal(version, serverSide.SslProtocol);
        Assert.False(ServerHello.SaysResumed(server.FirstWrite));
    }

    /// <summary>Two streams joined back to back; remembers the first write.</summary>
    private sealed class MemoryPipe : Stream
    {
        private readonly System.IO.Pipelines.Pipe _in = new();
        private MemoryPipe? _other;

        public byte[] FirstWrite { get; private set; } = [];

        public static (MemoryPipe, MemoryPipe) Pair()
        {
            MemoryPipe a = new(), b = new();
            (a._other, b._other) = (b, a);
            return (a, b);
        }

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _in.Reader.AsStream().ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            FirstWrite = FirstWrite.Length == 0 ? buffer.ToArray() : FirstWrite;
            await _other!._in.Writer.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
