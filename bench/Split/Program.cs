// Measures what one decision of the split costs, in nanoseconds of a thread, and what others cost on the same work. A plain loop and a clock, so that it
// runs ahead-of-time compiled as the edge does. Contenders take turns; medians of the rounds are printed, as a Markdown table.
//   split-bench [ROUNDS [OPERATIONS]]

using System.Globalization;
using OpenClaw.Bench;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int rounds = args.Length > 0 ? int.Parse(args[0]) : 9, operations = args.Length > 1 ? int.Parse(args[1]) : 1_000_000;
int all = Environment.ProcessorCount;

(string What, int Threads, Func<Decide> Make)[] rows =
[
    ("the loop and its call", 1, () => (_, _) => false),
    ("decision at weight 0.05", 1, () => Contenders.Split(0.05, 1, all)),
    ("decision at weight 0.05", all, () => Contenders.Split(0.05, 1, all)),
    ("decision at weight 1", 1, () => Contenders.Split(1, 1, all)),
    ("decision at weight 1", all, () => Contenders.Split(1, 1, all)),
    .. from canaries in new[] { 2, 4, 8 } select ($"decision at weight 0.05, {canaries} canaries", 1, (Func<Decide>)(() => Contenders.Split(0.05, canaries, all))),
    .. from canaries in new[] { 2, 4, 8 } select ($"decision at weight 1, {canaries} canaries", 1, (Func<Decide>)(() => Contenders.Split(1, canaries, all))),
    .. from workers in new[] { 1, 8, 64 } select ($"decision at weight 1, {workers} workers' shards", 1, (Func<Decide>)(() => Contenders.Split(1, 1, workers))),
    ("token: bucket with leases", 1, () => Contenders.Bucket(all)),
    ("token: bucket with leases", all, () => Contenders.Bucket(all)),
    ("token: bucket of one word (capacity 100)", 1, () => Contenders.Bucket(all, 100)),
    ("token: bucket of one word (capacity 100)", all, () => Contenders.Bucket(all, 100)),
    ("token: one shared word, nothing around it", 1, Contenders.SharedWord),
    ("token: one shared word, nothing around it", all, Contenders.SharedWord),
    ("token: a lock around a level", 1, Contenders.Locked),
    ("token: a lock around a level", all, Contenders.Locked),
    ("token: System.Threading.RateLimiting", 1, Contenders.BaseLibrary),
    ("token: System.Threading.RateLimiting", all, Contenders.BaseLibrary),
];

double[][] nanoseconds = [.. rows.Select(_ => new double[rounds])];
long[] bytes = new long[rows.Length];
for (int round = -1; round < rounds; round++) // the first warms up
{
    for (int row = 0; row < rows.Length; row++)
    {
        (double time, long allocated) = Hammer.Run(rows[row].Make(), rows[row].Threads, operations);
        if (round >= 0)
        {
            nanoseconds[row][round] = time;
            bytes[row] = Math.Max(bytes[row], allocated);
        }
    }
}

Console.WriteLine("| what | threads | ns (least to most) | B |\n| --- | ---: | ---: | ---: |");
for (int row = 0; row < rows.Length; row++)
{
    Array.Sort(nanoseconds[row]);
    Console.WriteLine($"| {rows[row].What} | {rows[row].Threads} | {nanoseconds[row][rounds / 2]:0.0} ({nanoseconds[row][0]:0.0}–{nanoseconds[row][^1]:0.0}) | {(double)bytes[row] / operations:0.##} |");
}

Console.WriteLine($"\nmedians of {rounds} rounds of {operations} operations a thread; {all} cores; {(Hammer.IsAheadOfTime ? "ahead of time" : "JIT")}");
