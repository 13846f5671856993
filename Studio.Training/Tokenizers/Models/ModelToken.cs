namespace Studio.Training.Tokenizers.Models;

/// <summary>A token of a piece: its id, its text, and its range in code points of the piece.</summary>
internal readonly record struct ModelToken(int Id, string Text, int Start, int End);
