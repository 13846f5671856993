namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Where a blank is put in front: before every segment, before the one that begins the text, or nowhere.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}
