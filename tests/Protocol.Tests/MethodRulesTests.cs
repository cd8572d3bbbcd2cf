// Safety and idempotence of methods.

namespace OpenClaw.Protocol.Tests;

public sealed class MethodRulesTests
{
    [Fact]
    public void SafeMethods_AreThoseOfTheRfc() => Assert.Equal(
        [Method.Get, Method.Head, Method.Options, Method.Trace], Enum.GetValues<Method>().Where(MethodRules.IsSafe));

    [Fact]
    public void IdempotentMethods_AreThoseOfTheRfc() => Assert.Equal(
        [Method.Get, Method.Head, Method.Put, Method.Delete, Method.Options, Method.Trace],
        Enum.GetValues<Method>().Where(MethodRules.IsIdempotent));
}
