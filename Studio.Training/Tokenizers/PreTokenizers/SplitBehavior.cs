namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>What becomes of a match that splits a text.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
