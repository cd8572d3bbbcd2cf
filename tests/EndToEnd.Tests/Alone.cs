// What measures time or load runs with nothing beside it.

namespace OpenClaw.EndToEnd.Tests;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
