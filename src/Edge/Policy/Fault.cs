// One thing that is wrong with a configuration, and the bounded list that collects them while a load goes on.
// Built on the control thread.

namespace OpenClaw.Edge.Policy;

public enum Severity { Error, Warning }

/// <summary>What is wrong, where, and what would be right.</summary>
/// <param name="File">The file as the operator named it; for a flag or an environment variable its name.</param>
/// <param name="Line">1-based; 0 where the fault has no place inside a file.</param>
/// <param name="Column">1-based; 0 where the fault has no place inside a file.</param>
public sealed record Fault(string File, int Line, int Column, string Message, Severity Severity = Severity.Error)
{
    /// <summary><c>policy.yaml:6:11: weight: 5 is above 1; use 0.05 or "5%"</c>, the form that editors and terminals jump to.</summary>
    public override string ToString()
    {
        string place = Line == 0 ? File : $"{File}:{Line}:{Column}";
        return Severity == Severity.Warning ? $"{place}: warning: {Message}" : $"{place}: {Message}";
    }
}

/// <summary>Where a value was written. Line 0: a flag or an environment variable, which <paramref name="File"/> then names.</summary>
internal readonly record struct Place(string File, int Line, int Column)
{
    public static Place Of(string flagOrVariable) => new(flagOrVariable, 0, 0);
}

/// <summary>Collects faults; with <paramref name="strict"/>, what is merely without effect becomes an error too.</summary>
internal sealed class Findings(bool strict)
{
    /// <summary>Enough for any honest file; a megabyte of nonsense must not become a hundred thousand log lines.</summary>
    private const int Max = 100;

    private readonly List<Fault> _faults = [];
    private int _beyond;

    public bool Strict { get; set; } = strict;

    public bool HasErrors { get; private set; }

    public void Error(Place place, string message) => Add(place, message, Severity.Error);

    public void Warning(Place place, string message) => Add(place, message, Severity.Warning);

    /// <summary>A key that does nothing: a typing error, or something this release leaves out.</summary>
    public void WithoutEffect(Place place, string message) => Add(place, message, Strict ? Severity.Error : Severity.Warning);

    public void Add(Fault fault)
    {
        HasErrors |= fault.Severity == Severity.Error;
        if (_faults.Count < Max)
        {
            _faults.Add(fault);
        }
        else
        {
            _beyond++;
        }
    }

    /// <summary>All findings of one severity, file by file in the order they were read, by place within a file.</summary>
    public List<Fault> Of(Severity severity)
    {
        List<string> files = _faults.Select(f => f.File).Distinct().ToList();
        List<Fault> chosen = _faults.Where(f => f.Severity == severity)
            .OrderBy(f => files.IndexOf(f.File)).ThenBy(f => f.Line).ThenBy(f => f.Column).ToList();
        if (severity == Severity.Error && _beyond > 0)
        {
            chosen.Add(new Fault("configuration", 0, 0, $"{_beyond} more findings are not listed"));
        }

        return chosen;
    }

    private void Add(Place place, string message, Severity severity) =>
        Add(new Fault(place.File, place.Line, place.Column, message, severity));
}
