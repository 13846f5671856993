using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Texts to learn that hold nothing but white space.</summary>
public sealed class EmptyText : Rule
{
    public override string Name => "empty_text";

    public override void Check(Example example, RowReport report)
    {
        if (example is TextExample text && string.IsNullOrWhiteSpace(text.Text))
        {
            report.Error(Name, "The text is empty or nothing but white space.", "Remove the row.", "text");
        }
    }
}
