// Who gets a place in the table, who gives way, and what the others share.

using OpenClaw.Edge.Limit;

namespace OpenClaw.Edge.Tests.Limit;

public sealed class KeyTableTests
{
    private const int Places = 7;

    private readonly KeyTable _table = new(setBits: 0, new SipHash(1, 2)); // one set

    [Fact]
    public void Word_StaysWithItsKey()
    {
        for (ulong key = 1; key <= Places; key++)
        {
            Assert.Equal(0, Exchange(key, moment: 5, (long)key * 100));
        }

        for (ulong key = 1; key <= Places; key++)
        {
            Assert.Equal((long)key * 100, Exchange(key, moment: 5, (long)key * 100));
        }
    }

    [Fact]
    public void KeyWithoutAPlace_SharesOneWordAndTakesItAlong()
    {
        Fill(word: 100);
        Assert.True(IsShared(key: 8, moment: 50));
        Assert.Equal(0, Exchange(8, moment: 50, 300));
        Assert.Equal(300, Exchange(9, moment: 50, 400));

        // At 100 the first seven are whole again. Who comes now gets a place, and cannot have more than those without one had.
        Assert.False(IsShared(key: 9, moment: 100));
        Assert.Equal(400, Exchange(9, moment: 100, 500));
        Assert.Equal(400, Exchange(10, moment: 100, 600));
        Assert.Equal(500, Exchange(9, moment: 100, 500));
    }

    [Fact]
    public void KeyThatIsNotWhole_NeverGivesWay()
    {
        Fill(word: 100);
        Exchange(1, moment: 50, 40); // whole since 40
        Assert.False(IsShared(key: 8, moment: 50));
        Assert.Equal(40, Exchange(8, moment: 45, 200)); // a clock that lags sees no more than was there
        Assert.True(IsShared(key: 9, moment: 50));
        Assert.All(Enumerable.Range(2, Places - 1), key => Assert.Equal(100, Exchange((ulong)key, moment: 50, 100)));
    }

    [Fact]
    public void Set_IsFreeAgainAfterLeave()
    {
        int cell = _table.Enter(3, moment: 0);
        bool entered = false;
        Thread other = new(() =>
        {
            _table.Leave(_table.Enter(4, moment: 0));
            Volatile.Write(ref entered, true);
        });
        other.Start();
        Assert.False(other.Join(20));
        Assert.False(Volatile.Read(ref entered));
        _table.Leave(cell);
        other.Join();
        Assert.True(entered);
    }

    [Fact]
    public void Keys_AreSpreadOverTheSets()
    {
        KeyTable table = new();
        const int keys = 50_000;
        int shared = 0;
        for (int i = 0; i < keys; i++)
        {
            int cell = table.Enter(table.Hash(BitConverter.GetBytes(i)), moment: 0);
            shared += KeyTable.IsShared(cell) ? 1 : 0;
            table.Word(cell) = 1;
            table.Leave(cell);
        }

        // 3.05 keys a set on average: by Poisson, 0.66 % of them meet a set of seven.
        Assert.InRange(shared, keys * 0.004, keys * 0.010);
    }

    private void Fill(long word)
    {
        for (ulong key = 1; key <= Places; key++)
        {
            Exchange(key, moment: 0, word);
        }
    }

    private bool IsShared(ulong key, long moment)
    {
        int cell = _table.Enter(key, moment);
        _table.Leave(cell);
        return KeyTable.IsShared(cell);
    }

    /// <summary>Reads a key's word and writes another.</summary>
    private long Exchange(ulong key, long moment, long word)
    {
        int cell = _table.Enter(key, moment);
        long before = _table.Word(cell);
        _table.Word(cell) = word;
        _table.Leave(cell);
        return before;
    }
}
