using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>What can be told of a part of a pattern without a text: what it begins with, how much it reads.</summary>
internal static class PatternShape
{
    /// <summary>True where a back-reference names a group.</summary>
    public static bool HasBackReference(PatternNode node) => node switch
    {
        PatternNode.BackReference => true,
        PatternNode.Sequence sequence => sequence.Parts.Any(HasBackReference),
        PatternNode.Alternation alternation => alternation.Choices.Any(HasBackReference),
        PatternNode.Repeat repeat => HasBackReference(repeat.Body),
        PatternNode.Capture capture => HasBackReference(capture.Body),
        PatternNode.Atomic atomic => HasBackReference(atomic.Body),
        PatternNode.Look look => HasBackReference(look.Body),
        _ => false,
    };

    /// <summary>The set of which a node reads exactly one code point; null when it reads otherwise.</summary>
    public static CodePointSet? Single(PatternNode node) => node switch
    {
        PatternNode.Set set => set.Members,
        PatternNode.Literal { CodePoints.Length: 1, IgnoreCase: false } literal => CodePointSet.Of(literal.CodePoints[0]),
        PatternNode.Literal { CodePoints.Length: 1 } literal when CaseFolding.Full(literal.CodePoints[0]).Length == 1 => CaseFolding.Equivalents(literal.CodePoints[0]),
        PatternNode.Sequence { Parts: [var only] } => Single(only),

        // One of two sets, or a look ahead at a set and then a set: a set again.
        PatternNode.Alternation alternation when alternation.Choices.All(choice => Single(choice) is not null) => alternation.Choices.Select(choice => Single(choice)!).Aggregate((a, b) => a.Union(b)),
        PatternNode.Sequence { Parts: [PatternNode.Look { Behind: false } look, var last] } when Single(look.Body) is { } seen && Single(last) is { } read => read.Intersect(look.Negative ? seen.Complement() : seen),
        _ => null,
    };

    /// <summary>What a node can begin with; nullable when it can match without reading.</summary>
    public static (CodePointSet Set, bool Nullable) FirstOf(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal { IgnoreCase: false } literal:
                return (CodePointSet.Of(literal.CodePoints[0]), false);
            case PatternNode.Literal literal:
                {
                    var folded = literal.CodePoints.SelectMany(CaseFolding.Full).ToArray();
                    var set = CaseFolding.Equivalents(folded[0]);
                    foreach (var (letter, expansion) in CaseFolding.Expanding)
                    {
                        if (folded.AsSpan().StartsWith(expansion))
                        {
                            set = set.Union(CodePointSet.Of(letter));
                        }
                    }

                    return (set, false);
                }

            case PatternNode.Set set:
                return (set.Members, false);
            case PatternNode.Sequence sequence:
                {
                    var set = CodePointSet.Empty;
                    foreach (var part in sequence.Parts)
                    {
                        var (first, nullable) = FirstOf(part);
                        set = set.Union(first);
                        if (!nullable)
                        {
                            return (set, false);
                        }
                    }

                    return (set, true);
                }

            case PatternNode.Alternation alternation:
                {
                    var set = CodePointSet.Empty;
                    var any = false;
                    foreach (var choice in alternation.Choices)
                    {
                        var (first, nullable) = FirstOf(choice);
                        set = set.Union(first);
                        any |= nullable;
                    }

                    return (set, any);
                }

            case PatternNode.Repeat repeat:
                {
                    var (first, nullable) = FirstOf(repeat.Body);
                    return (first, nullable || repeat.Min == 0);
                }

            case PatternNode.Capture capture:
                return FirstOf(capture.Body);
            case PatternNode.Atomic atomic:
                return FirstOf(atomic.Body);
            default:
                return (CodePointSet.Empty, true);
        }
    }

    /// <summary>Fewest and most code points that a node reads; most is -1 where there is no bound.</summary>
    public static (int Low, int High) Width(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal { IgnoreCase: false } literal:
                return (literal.CodePoints.Length, literal.CodePoints.Length);
            case PatternNode.Literal literal:
                return (1, literal.CodePoints.Sum(c => CaseFolding.Full(c).Length));
            case PatternNode.Set:
                return (1, 1);
            case PatternNode.Sequence sequence:
                return sequence.Parts.Select(Width).Aggregate((Low: 0, High: 0), (sum, part) => (Cap(sum.Low, part.Low), sum.High < 0 || part.High < 0 ? -1 : Cap(sum.High, part.High)));
            case PatternNode.Alternation alternation:
                {
                    var widths = alternation.Choices.Select(Width).ToList();
                    return (widths.Min(w => w.Low), widths.Exists(w => w.High < 0) ? -1 : widths.Max(w => w.High));
                }

            case PatternNode.Repeat repeat:
                {
                    var (low, high) = Width(repeat.Body);
                    return ((int)Math.Min((long)low * repeat.Min, 1 << 20), high < 0 || repeat.Max < 0 ? -1 : (int)Math.Min((long)high * repeat.Max, 1 << 20));
                }

            case PatternNode.Capture capture:
                return Width(capture.Body);
            case PatternNode.Atomic atomic:
                return Width(atomic.Body);
            case PatternNode.BackReference:
                return (0, -1);
            default:
                return (0, 0);
        }
    }

    private static int Cap(int a, int b) => Math.Min(a + b, 1 << 20);
}
