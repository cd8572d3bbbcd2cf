// Asks a running edge's side port whether it is ready, for container health checks where no curl exists. Main thread;
// one plain socket, one second for everything.

using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class HealthcheckCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Option<string?> admin = ConfigurationFlags.Text("--admin", "HOST:PORT", "the side port to ask (default 127.0.0.1:9901)");
        Command command = new Command("healthcheck", "Ask the side port for /readyz: exit code 0 if ready, else 1");
        command.Options.Add(admin);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(admin) ?? "127.0.0.1:9901", parsed.InvocationConfiguration.Error));
        return command;
    }

    public static async Task<int> RunAsync(string admin, TextWriter error)
    {
        if (Addresses.Internet(admin, out IPEndPoint address) is { } problem)
        {
            await error.WriteLineAsync($"--admin: {Wording.Show(admin)} {problem}");
            return ExitCode.BadInput;
        }

        if (address.Address.Equals(IPAddress.Any))
        {
            address = new IPEndPoint(IPAddress.Loopback, address.Port);
        }

        if (address.Address.Equals(IPAddress.IPv6Any))
        {
            address = new IPEndPoint(IPAddress.IPv6Loopback, address.Port);
        }

        using CancellationTokenSource patience = new CancellationTokenSource(Patience);
        try
        {
            string status = await AskAsync(address, patience.Token);
            if (status == "200")
            {
                return ExitCode.Clean;
            }

            await error.WriteLineAsync($"{address}: not ready (status {Wording.Show(status)})");
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"{address}: no answer within {Wording.Show(Patience)}");
        }
        catch (SocketException e)
        {
            await error.WriteLineAsync($"{address}: {e.Message}");
        }

        return ExitCode.Failed;
    }

    /// <returns>The three digits of the status line (RFC 9112 section 4), or what came instead.</returns>
    private static async Task<string> AskAsync(IPEndPoint address, CancellationToken patience)
    {
        using Socket socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, patience);
        string request = $"GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n";
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(request), patience);
        byte[] head = new byte["HTTP/1.1 200".Length];
        int have = 0, n;
        while (have < head.Length && (n = await socket.ReceiveAsync(head.AsMemory(have), patience)) > 0)
        {
            have += n;
        }

        string start = System.Text.Encoding.ASCII.GetString(head, 0, have);
        return start.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? start["HTTP/1.1 ".Length..] : start;
    }
}
