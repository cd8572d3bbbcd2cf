// Why a process cannot begin to serve. Start-up thread.

namespace OpenClaw.Edge.Listen;

/// <summary>An address cannot be listened on, or a file it needs cannot be used; the message says which and why.</summary>
internal sealed class StartException(string message) : Exception(message);
