// A simulated service with users of several kinds, whose truth does not have the learned model's form (docs/decisions/0010): thresholds of their own for every kind
// of user and route, signals that annoy on one route and not on another, and users who get used to what is new. The edge sees what it would see.

using System.Text;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

/// <param name="Cell">What the edge made of the response.</param>
/// <param name="Unhappy">The truth, which only an answer tells.</param>
/// <param name="Score">What the user would answer.</param>
/// <param name="Answers">The user does.</param>
internal readonly record struct Response(SignalCell Cell, byte Age, bool Unhappy, double Score, bool Answers);

/// <param name="service">Which service: how long its routes take, what its users bear, and how bad its release is, all within reason.</param>
/// <param name="stream">Which responses of it.</param>
/// <param name="feedback">Share of responses that users answer, on average; the unhappy answer three times as often as the happy.</param>
internal sealed class HeuristicWorld
{
    /// <summary>A service of two requests a second.</summary>
    public const double SecondsBetween = 0.5;

    private const long Target = 500_000_000;

    private static readonly Route[] Usual =
    [
        new("/", 0.08, 0.4, 40_000, 0.3, Tolerance: 1.0, Share: 0.20, Background: false, EmptyHurts: 0.6),
        new("/product/{0}", 0.12, 0.5, 25_000, 0.4, Tolerance: 1.0, Share: 0.22, Background: false, EmptyHurts: 0.6),
        new("/search?q={0}", 0.30, 0.6, 12_000, 0.5, Tolerance: 1.5, Share: 0.16, Background: false, EmptyHurts: 0.75),
        new("/api/v1/cart/{0}", 0.05, 0.4, 900, 0.5, Tolerance: 0.8, Share: 0.10, Background: false, EmptyHurts: 0.4),
        new("/checkout/pay", 0.90, 0.5, 3_000, 0.2, Tolerance: 4.0, Share: 0.05, Background: false, EmptyHurts: 0.8),
        new("/reports/{0}/pdf", 2.50, 0.7, 300_000, 0.8, Tolerance: 8.0, Share: 0.03, Background: false, EmptyHurts: 0.5),
        new("/api/v1/suggest", 0.03, 0.3, 400, 0.6, Tolerance: 0.4, Share: 0.14, Background: false, EmptyHurts: 0.1),
        new("/beacon/{0}", 0.01, 0.5, 0, 0, Tolerance: 100, Share: 0.10, Background: true, EmptyHurts: 0),
    ];

    private readonly Route[] _routes;
    private readonly double _feedback;
    private readonly double _grumblers;
    private readonly double _faults;
    private readonly double _slowness;
    private readonly Random _random;
    private readonly RouteHistory _history = new(0x5EED);
    private readonly byte[] _target = new byte[64];
    private int _served;

    public HeuristicWorld(int service, int stream, double feedback)
    {
        _random = new Random(service);
        _feedback = feedback;
        _grumblers = 0.01 + 0.04 * _random.NextDouble();
        _faults = Math.Exp(0.4 * Normal());
        _slowness = 1.5 + 1.5 * _random.NextDouble();
        _routes = [.. Usual.Select(route => route with
        {
            Median = route.Median * Math.Exp(0.3 * Normal()),
            Tolerance = route.Tolerance * Math.Exp(0.4 * Normal()),
            EmptyHurts = route.EmptyHurts * (0.5 + 0.7 * _random.NextDouble()),
        })];
        _random = new Random(service * 1_000_003 + stream);
    }

    private enum User
    {
        Patient,
        Impatient,
        Program,
    }

    /// <summary>The next response; every fifth is the canary's.</summary>
    public Response Next()
    {
        double sinceDeploy = _served * SecondsBetween;
        bool canary = _served++ % 5 == 0;
        Route route = Pick();
        User user = _random.NextDouble() switch { < 0.5 => User.Patient, < 0.8 => User.Impatient, _ => User.Program };

        // What happens: the release is slower at searching, says nothing where it should now and then, and fails more often in the cart.
        double latency = route.Median * Math.Exp(route.Spread * Normal());
        latency *= _random.NextDouble() < 0.02 ? Math.Pow(1 - _random.NextDouble(), -0.8) : 1; // a heavy tail
        latency *= canary && route.Path.StartsWith("/search", StringComparison.Ordinal) ? _slowness : 1;
        double failing = canary ? _faults * (route.Path.StartsWith("/api/v1/cart", StringComparison.Ordinal) ? 0.06 : 0.015) : 0.006;
        double missing = canary ? 0.03 * _faults : 0.012;
        double draw = _random.NextDouble();
        Outcome outcome = draw < failing ? Outcome.Error : draw < failing + missing ? Outcome.ClientError : Outcome.Success;
        bool empty = outcome == Outcome.Success && !route.Background && _random.NextDouble() < (canary ? 0.05 * _faults : 0.008);
        bool cut = outcome == Outcome.Success && !empty && _random.NextDouble() < (canary ? 0.03 * _faults : 0.004);
        long length = outcome != Outcome.Success ? 150 : empty ? 0 : (long)(route.Length * Math.Exp(route.LengthSpread * Normal()) * (cut ? 0.08 : 1));

        bool unhappy = _random.NextDouble() < Annoyance(route, user, outcome, latency, empty, cut, canary ? sinceDeploy : 1e9);
        int written = Encoding.ASCII.GetBytes(string.Format(null, route.Path, _random.Next(1000)), _target);
        long announced = _random.NextDouble() < 0.2 ? -1 : length; // chunked
        SignalCell cell = _history.Observe(1, _target.AsSpan(0, written), outcome, (long)(latency * 1e9), Target, announced, learns: !canary);
        double score = unhappy ? 0.3 * _random.NextDouble() : 0.8 + 0.2 * _random.NextDouble();
        bool answers = _random.NextDouble() < (unhappy ? 3 : 1) * _feedback / 1.2; // about a tenth is unhappy
        return new Response(cell, canary ? DeployAge.Of(TimeSpan.FromSeconds(sinceDeploy)) : DeployAge.Settled, unhappy, score, answers);
    }

    /// <summary>The chance that this user is unhappy: what went wrong most decides, and some are so without a reason.</summary>
    private double Annoyance(Route route, User user, Outcome outcome, double latency, bool empty, bool cut, double sinceDeploy)
    {
        if (route.Background)
        {
            return _grumblers / 2; // nobody sees whether it worked
        }

        double failed = outcome switch
        {
            Outcome.Error => user == User.Program ? 0.55 : 0.9, // programs try again
            Outcome.ClientError => user == User.Program ? 0.1 : 0.4,
            _ => 0,
        };
        double poor = empty ? route.EmptyHurts : cut && user != User.Program ? 0.45 : 0;

        // Patience ends at a threshold of one's own: so much more than this route usually takes, whatever the target; programs wait for minutes.
        double patience = route.Tolerance * user switch { User.Patient => 1.2, User.Impatient => 0.4, _ => 60 } * Math.Exp(0.5 * Normal());
        double waited = outcome == Outcome.Success && latency > patience ? 0.7 : 0;
        double strange = user == User.Program ? 0 : 0.12 * Math.Exp(-sinceDeploy / 900); // a new release, until one is used to it
        return Math.Max(_grumblers, Math.Max(Math.Max(failed, poor), Math.Max(waited, strange)));
    }

    private Route Pick()
    {
        double draw = _random.NextDouble();
        foreach (Route route in _routes)
        {
            if ((draw -= route.Share) < 0)
            {
                return route;
            }
        }

        return _routes[0];
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <param name="Median">Usual latency in seconds; log-normal with <paramref name="Spread"/>.</param>
    /// <param name="Length">Usual length in bytes, log-normal as well.</param>
    /// <param name="Tolerance">Seconds of waiting at which the impatient begin to leave.</param>
    private sealed record Route(
        string Path, double Median, double Spread, double Length, double LengthSpread, double Tolerance, double Share, bool Background, double EmptyHurts);
}
