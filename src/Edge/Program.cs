// The process: its arguments in, its exit code out.

return await OpenClaw.Edge.Cli.CommandLine.RunAsync(args);
