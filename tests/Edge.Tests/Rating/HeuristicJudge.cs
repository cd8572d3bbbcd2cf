// How well predictions meet the truth: mean log loss, and the area under the ROC curve.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

/// <param name="Loss">Mean log loss, in nats.</param>
/// <param name="Auc">0.5: no better than chance; 1: knows all the unhappy.</param>
internal readonly record struct Verdict(double Loss, double Auc);

internal sealed class HeuristicJudge
{
    private readonly List<(double Predicted, bool Unhappy)> _seen = [];
    private double _loss;

    public Verdict Verdict() => new(_loss / _seen.Count, Auc());

    public void Add(double predicted, bool unhappy)
    {
        _seen.Add((predicted, unhappy));
        _loss += ModelSkill.Loss(predicted, unhappy ? 1 : 0);
    }

    /// <summary>The chance that an unhappy user was predicted to be less happy than a happy one; ties count half.</summary>
    private double Auc()
    {
        _seen.Sort((a, b) => a.Predicted.CompareTo(b.Predicted));
        double below = 0, wins = 0, unhappyAll = 0;
        for (int start = 0, end; start < _seen.Count; start = end)
        {
            double happy = 0, unhappy = 0;
            for (end = start; end < _seen.Count && _seen[end].Predicted == _seen[start].Predicted; end++)
            {
                happy += _seen[end].Unhappy ? 0 : 1;
                unhappy += _seen[end].Unhappy ? 1 : 0;
            }

            wins += unhappy * (below + happy / 2);
            below += happy;
            unhappyAll += unhappy;
        }

        return wins / (below * unhappyAll);
    }
}
