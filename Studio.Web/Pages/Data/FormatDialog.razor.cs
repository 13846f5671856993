using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Formats;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>Says what a file's rows are: the format, and which column is which.</summary>
public sealed partial class FormatDialog
{
    private readonly Dictionary<string, string> columns = new(StringComparer.Ordinal);
    private string? format;
    private string? preparedFor;

    [Parameter]
    public bool Open { get; set; }

    [Parameter]
    public EventCallback<bool> OpenChanged { get; set; }

    [Parameter, EditorRequired]
    public DatasetVersion Version { get; set; } = null!;

    [Parameter]
    public EventCallback<ImportChoice> OnChosen { get; set; }

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    private DatasetFormat? Chosen => DatasetFormats.Find(format ?? "");

    /// <summary>Likely formats first.</summary>
    private IEnumerable<DatasetFormat> Ordered =>
        DatasetFormats.All.OrderBy(f => Version.FormatCandidates.Contains(f.Name) ? Version.FormatCandidates.ToList().IndexOf(f.Name) : int.MaxValue);

    /// <summary>Where nothing was recognised the columns are most often plain texts: the format of texts that uses most of them.</summary>
    private DatasetFormat Plausible =>
        DatasetFormats.All.Where(f => Needed(f).All(n => n.Shape is FieldShape.Text or FieldShape.TextOrMessages) && Needed(f).Count() <= Version.SourceColumns.Count)
            .OrderByDescending(f => Math.Min(2, Needed(f).Count())).ThenBy(f => f.Fields.Count).FirstOrDefault() ?? DatasetFormats.All[0];

    private bool Complete => Chosen is { } chosen && chosen.Fields.Where(f => f.Required).All(f => columns.GetValueOrDefault(f.Name) is { Length: > 0 });

    protected override void OnParametersSet()
    {
        if (Open && preparedFor != Version.Id)
        {
            preparedFor = Version.Id;
            Take(Version.Format ?? Version.FormatCandidates.FirstOrDefault() ?? Plausible.Name);
        }
    }

    /// <summary>Takes a format and guesses its columns by name.</summary>
    private void Take(string? name)
    {
        format = name;
        columns.Clear();
        foreach (var field in Chosen?.Fields ?? [])
        {
            var guess = Version.Columns.GetValueOrDefault(field.Name)
                ?? new[] { field.Name }.Concat(field.Aliases).Select(n => Version.SourceColumns.FirstOrDefault(c => string.Equals(c, n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(c => c is not null)
                ?? (field.Required ? Version.SourceColumns.FirstOrDefault(c => !columns.ContainsValue(c)) : null);
            if (guess is not null)
            {
                columns[field.Name] = guess;
            }
        }
    }

    private static IEnumerable<FormatField> Needed(DatasetFormat format) => format.Fields.Where(f => f.Required);

    private Task ChooseAsync() =>
        OnChosen.InvokeAsync(new ImportChoice(format, columns.Where(c => c.Value.Length > 0).ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal)));
}
