// Micro-benchmarks of single hot steps. `dotnet run -c Release --project bench/Micro -- --filter '*'` runs them all;
// `--job short` makes it quick, `--inProcess` quicker still. BenchmarkDotNet's other arguments work as well.

using BenchmarkDotNet.Running;
using OpenClaw.Bench;

BenchmarkSwitcher.FromAssembly(typeof(SplitBench).Assembly).Run(args);
