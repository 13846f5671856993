using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>Puts a fixed text in the place of each match; the new text takes the range of the last code point it replaces.</summary>
internal sealed class Replace(Pattern pattern, int[] content) : Normalizer
{
    public static Replace Read(JsonField field) => new(PatternField.Read(field.Required("pattern")), CodePoints.Of(field.Required("content").AsString()));

    public override NormalizedText Normalize(NormalizedText text)
    {
        var matches = new List<(int Start, int End)>();
        pattern.FindAll(text.CodePoints, matches);
        if (matches.Count == 0 || text.Length == 0)
        {
            return text;
        }

        if (content.Length == 1 && matches.TrueForAll(match => match.End - match.Start == 1))
        {
            var changed = (int[])text.CodePoints.Clone();
            foreach (var (start, _) in matches)
            {
                changed[start] = content[0];
            }

            return text.WithCodePoints(changed);
        }

        var change = new NormalizedText.Change(text, text.Length + matches.Count * content.Length);
        var at = 0;
        foreach (var (start, end) in matches)
        {
            change.Copy(at, start);
            change.Remove(end - start);
            foreach (var c in content)
            {
                change.Add(c, 1);
            }

            at = end;
        }

        change.Copy(at, text.Length);
        return change.Done();
    }
}
