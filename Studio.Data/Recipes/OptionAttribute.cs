namespace Studio.Data.Recipes;

/// <summary>Marks a property of an options record as something a person may set, with its range; forms, validation, flags and docs derive from it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute : Attribute
{
    /// <summary>Shown in Basic; the rest only in Advanced.</summary>
    public bool Basic { get; init; }

    public double Min { get; init; } = double.NaN;

    public double Max { get; init; } = double.NaN;

    /// <summary>True when <see cref="Min"/> itself is not allowed.</summary>
    public bool MinExclusive { get; init; }

    /// <summary>Allowed words, separated by <c>|</c>; empty allows any.</summary>
    public string Choices { get; init; } = "";

    /// <summary>Not empty where the text names a registered model: <c>writer</c> for one that answers (an adapter or a base model), <c>reward</c> for a reward adapter. Forms offer those by name; a job gets the folder.</summary>
    public string Model { get; init; } = "";

    /// <summary>A list of sentences, one a line, instead of words.</summary>
    public bool Lines { get; init; }

    /// <summary>English label and effect; translations are looked up by the option's name.</summary>
    public required string Label { get; init; }

    public required string Help { get; init; }
}
