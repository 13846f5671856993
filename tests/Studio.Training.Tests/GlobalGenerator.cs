namespace Studio.Training.Tests;

/// <summary>Tests that compare random draws bit by bit: torch has one generator for the whole process, so they run while nothing else does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class GlobalGenerator
{
    public const string Name = "torch's generator";
}
