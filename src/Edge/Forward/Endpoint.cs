// One address that a version runs at. The control thread resolves names and publishes the result; workers read it.

using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Forward;

internal sealed class Endpoint
{
    private volatile Resolved? _resolved;
    private volatile bool _isReachable = true;
    private string? _lookUpFault; // control thread

    public Endpoint(EndpointSettings settings)
    {
        Settings = settings;
        Authority = Encoding.ASCII.GetBytes(settings.Host.Contains(':') ? $"[{settings.Host}]:{settings.Port}" : $"{settings.Host}:{settings.Port}");
        if (IPAddress.TryParse(settings.Host, out IPAddress? literal))
        {
            _resolved = new Resolved(literal, settings.Port);
        }
    }

    public EndpointSettings Settings { get; }

    /// <summary>Who knows the addresses of a name.</summary>
    public Func<string, Task<IPAddress[]>> LookUp { get; set; } = static name => Dns.GetHostAddressesAsync(name);

    /// <summary>host:port as configured; the Host of a forwarded HTTP/1.0 request that had none.</summary>
    public byte[] Authority { get; }

    /// <summary>
    /// Where to connect; null while the name has not been resolved. Another object, even for the same address, is another place: what was opened to the one
    /// before is used no more.
    /// </summary>
    public SocketAddress? Address => _resolved?.Address;

    /// <summary>The last attempt of any worker to connect did not fail. Written on a change only.</summary>
    public bool IsReachable
    {
        get => _isReachable;
        set
        {
            if (_isReachable != value)
            {
                _isReachable = value;
            }
        }
    }

    /// <summary>The address as text, for logs and /status.</summary>
    public string AddressText => _resolved?.Text ?? $"{Settings.Host}:{Settings.Port}";

    /// <summary>Others answer at the address from now on. Any thread.</summary>
    public void Renew()
    {
        if (_resolved is { } before)
        {
            Interlocked.CompareExchange(ref _resolved, before.Anew(), before); // one that the look-up has just found is new already
        }
    }

    /// <summary>Looks the name up again; the old address stays when that fails. Control thread.</summary>
    /// <returns>A line for the log when the state has changed.</returns>
    public async Task<string?> ResolveAsync()
    {
        if (IPAddress.TryParse(Settings.Host, out _))
        {
            return null;
        }

        string? before = _lookUpFault;

        try
        {
            IPAddress[] addresses = await LookUp(Settings.Host);
            if (addresses.Length > 0 && !addresses.Contains(_resolved?.IP))
            {
                // IPv4 first: most services listen there, and a name such as localhost has both.
                IPAddress first = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
                _resolved = new Resolved(first, Settings.Port);
            }

            _lookUpFault = null;
            return before is null ? null : $"{Settings.Host} is found again: {AddressText}";
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // Kept as it was; an endpoint that never resolved takes no traffic (ProxyError.NoEndpoint).
            _lookUpFault = e.Message;
            return before == e.Message ? null : $"the name {Settings.Host} of an upstream cannot be looked up: {e.Message}; "
                + (Address is null ? "it takes no traffic until it can" : $"{AddressText} stays in use");
        }
    }

    private sealed class Resolved(IPAddress ip, int port)
    {
        public readonly IPAddress IP = ip;
        public readonly SocketAddress Address = new IPEndPoint(ip, port).Serialize();
        public readonly string Text = new IPEndPoint(ip, port).ToString();

        public Resolved Anew() => new(IP, port);
    }
}
