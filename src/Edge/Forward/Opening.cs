// What an exchange waits for that has no connection yet: a place in the pool, or the handshakes. By it, the wait can be given up.
// One object per forwarder; worker's thread.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Forward;

internal sealed class Opening
{
    private EndpointPool.Waiter? _place;
    private Transport? _socket;

    public bool IsUnderWay => _place is not null || _socket is not null;

    /// <summary>The last wait did not come to its end.</summary>
    public bool IsGivenUp { get; private set; }

    public void WaitsFor(EndpointPool.Waiter place) => (_place, IsGivenUp) = (place, false);

    public void WaitsFor(Transport socket) => (_socket, IsGivenUp) = (socket, false);

    public void End()
    {
        _place = null;
        _socket = null;
    }

    /// <summary>Ends the wait that is under way, without a connection; whoever waits goes on before this returns.</summary>
    public void GiveUp()
    {
        IsGivenUp = true;
        if (_place is not null)
        {
            _place.GiveUp();
        }
        else
        {
            _socket?.Close();
        }
    }
}
