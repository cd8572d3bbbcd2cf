using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class CanaryListTests
{
    private const string Edge = TestFolder.Edge + """

          v3: {endpoints: ["http://127.0.0.1:9003"]}
          v4: {endpoints: ["http://127.0.0.1:9004"]}
        """;

    private const string Bucket = "\nbucket: {capacity: 30, refillRate: 3}";

    private static IReadOnlyList<CanarySettings> Read(string policy)
    {
        LoadResult result = TestFolder.Load(Edge, policy);
        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        return result.Snapshot!.Rollout.Canaries;
    }

    [Fact]
    public void OneCanary_IsAListWithOneEntry()
    {
        Assert.Equal([new CanarySettings("v2", 0.1, 3, 4)], Read("canary: {version: v2, weight: 10%, priority: 3, floor: 4}" + Bucket));
        Assert.Equal([new CanarySettings("v2", 0.1, 3, 4)], Read("canaries: [{version: v2, weight: 10%, priority: 3, floor: 4}]" + Bucket));
    }

    [Fact]
    public void Entries_KeepTheOrderOfTheFile() =>
        Assert.Equal(["v4", "v2", "v3"], Read("canaries: [{version: v4, weight: 0}, {version: v2, weight: 1%, priority: 9}, {version: v3, weight: 0}]").Select(canary => canary.Version));

    [Fact]
    public void FloorsNotWritten_FollowThePriorities() =>
        Assert.Equal([10, 0, 20], Read("canaries: [{version: v2, weight: 1%, priority: 5}, {version: v3, weight: 1%, priority: 7}, {version: v4, weight: 1%, priority: -1}]" + Bucket).Select(canary => canary.Floor));

    [Fact]
    public void EqualPriorities_ShareOneClass() =>
        Assert.Equal([0, 15, 15], Read("canaries: [{version: v2, weight: 1%, priority: 1}, {version: v3, weight: 1%}, {version: v4, weight: 1%}]" + Bucket).Select(canary => canary.Floor));

    [Fact]
    public void FloorNotWritten_LeavesTheCanaryAToken() =>
        Assert.Equal([0, 0.5], Read("canaries: [{version: v2, weight: 1%, priority: 1}, {version: v3, weight: 1%}]\nbucket: {capacity: 1.5, refillRate: 1}").Select(canary => canary.Floor));

    [Fact]
    public void Replicas_TakeTheirPartOfAFloor() =>
        Assert.Equal([4, 0], Read("canaries: [{version: v2, weight: 1%, floor: 12}, {version: v3, weight: 1%, priority: 1}]\nbucket: {capacity: 30, refillRate: 3, replicas: 3}").Select(canary => canary.Floor));

    [Fact]
    public void WeightsThatSumToOne_AreFineThoughTheyAreNoBinaryNumbers() =>
        Assert.Equal(3, Read("canaries: [{version: v2, weight: 0.1}, {version: v3, weight: 0.7}, {version: v4, weight: 0.2}]").Count);

    public static TheoryData<string, string[]> Refused => new()
    {
        { "canary: {version: v2, weight: 1%}\ncanaries: [{version: v2, weight: 100%}]", ["2:11: canaries: stands beside canary, which is the same with one entry; keep one of them"] },
        { "canaries:\n- {version: v2, weight: 1%}\n- {version: v3, weight: 1%}\n- {version: v2, weight: 1%}", ["4:13: version: v2 stands in the list already; keep one entry for a version"] },
        { "canaries:\n- {version: v2, weight: 60%}\n- {version: v3, weight: 0.5}", ["2:1: canaries: the weights sum to 1.1; together they may be 1 at most"] },
        { "canaries:\n- {version: v2, weight: 60%}\n- {version: v1, weight: 1%}\n- {version: v9, weight: 1%}", ["3:13: version: v1 is the stable version; a canary is another one", "4:13: version: v9 is no version of edge.yaml; known here: v1, v2, v3, v4"] },
        { "canaries:\n- {weight: 60%}\n- {version: v2}", ["2:3: version: missing here; name a version of edge.yaml", "3:3: weight: missing here; write weight: 0.05 or weight: 5%"] },
        { "canaries: {version: v2, weight: 1%}", ["1:11: canaries: a list belongs here: [first, second]"] },
        { "canaries: [v2]", ["1:12: canaries[0]: keys with values belong here"] },
        { "canary: [{version: v2, weight: 1%}]", ["1:9: canary: keys with values belong here"] },
        { "canary: {version: v2, weight: 1%, priority: high}", ["1:45: priority: high is not a whole number"] },
        { "canary: {version: v2, weight: 1%, priority: 1.5}", ["1:45: priority: 1.5 is not a whole number"] },
        { "canary: {version: v2, weight: 1%, floor: -1}" + Bucket, ["1:42: floor: -1 is below 0"] },
        { "canary: {version: v2, weight: 1%, floor: 29.5}" + Bucket, ["1:42: floor: 29.5 leaves no token of the capacity 30; it is at most 29"] },
        { "canary: {version: v2, weight: 1%, floor: 28}\nbucket: {capacity: 30, refillRate: 3, replicas: 3}", ["1:42: floor: 28 leaves no token of the capacity 30 to each of 3 replicas; it is at most 27"] },
        { "canary: {version: v2, weight: 1%, floor: 28}\nbucket: {capacity: 0, refillRate: 3}", ["2:20: capacity: 0 is below 1"] },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Contradiction_IsRefusedWhereItStands(string policy, string[] expected)
    {
        LoadResult result = TestFolder.Load(Edge, policy);
        Assert.Null(result.Snapshot);
        Assert.Equal(expected, TestFolder.Brief(result.Faults));
    }

    [Fact]
    public void NinthCanary_IsOneTooMany()
    {
        string versions = string.Concat(Enumerable.Range(5, 8).Select(i => $"\n  v{i}: {{endpoints: [\"http://127.0.0.1:90{i:00}\"]}}"));
        string nine = string.Join(", ", Enumerable.Range(2, 9).Select(i => $"{{version: v{i}, weight: 1%}}"));
        Assert.Equal(["1:11: canaries: has 9 entries; 8 is the most"], TestFolder.Brief(TestFolder.Load(Edge + versions, $"canaries: [{nine}]").Faults));
    }

    [Fact]
    public void BareOne_WarnsInTheListToo()
    {
        LoadResult result = TestFolder.Load(Edge, "canaries: [{version: v2, weight: 1}]");
        Assert.Equal("1:34: weight: 1 means 100 %, all eligible requests; for one percent write 0.01 or 1%, to be plain write 100%", TestFolder.Brief(Assert.Single(result.Warnings)));
    }
}
