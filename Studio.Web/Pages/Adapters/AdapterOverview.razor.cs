using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Pages.Runs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Adapters;

/// <summary>What the adapter changed against its base, on the part that was held back, and its answers beside the base's.</summary>
public sealed partial class AdapterOverview
{
    private RunHistory? history;
    private TrainingJob? job;
    private IReadOnlyList<Row> rows = [];

    [Parameter, EditorRequired]
    public Adapter Adapter { get; set; } = null!;

    [Parameter]
    public BaseModel? Model { get; set; }

    [Parameter]
    public IReadOnlyList<Deployment> Deployments { get; set; } = [];

    [Parameter]
    public IReadOnlyList<Compatible> Compatible { get; set; } = [];

    [Inject]
    private IStringLocalizer<AdaptersText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private JobEvents Events { get; set; } = null!;

    protected override void OnParametersSet()
    {
        job = Database.Jobs.Get(Adapter.JobId);
        if (history?.JobId != Adapter.JobId)
        {
            history = new RunHistory(Adapter.JobId);
            history.Read(Events);
        }

        rows = [.. Measures()];
    }

    private IEnumerable<Row> Measures()
    {
        if (Value("eval_loss") is { } loss)
        {
            var before = AtBase("eval_loss");
            yield return new Row(L["metric.eval_loss"], L["metric.eval_loss.note"], Format.Number(before), Format.Number(loss), Change(before, loss, better: -1, Format.Number(loss - before)), Tone(before, loss, better: -1));
            if (before is { } from)
            {
                yield return new Row(L["metric.perplexity"], L["metric.perplexity.note"], Format.Number(Math.Exp(from)), Format.Number(Math.Exp(loss)), Change(from, loss, better: -1, "÷ " + Format.Number(Math.Exp(from - loss))), Tone(before, loss, better: -1));
            }
        }

        if (Value("eval_mean_token_accuracy") is { } share)
        {
            var before = AtBase("eval_mean_token_accuracy");
            yield return new Row(L["metric.eval_mean_token_accuracy"], L["metric.accuracy.note"], before is { } b ? Format.Percent(b) : "–", Format.Percent(share), Change(before, share, better: 1, L["measured.points", ((share - before ?? 0) * 100).ToString("+0.#;−0.#;0", CultureInfo.InvariantCulture)]), Tone(before, share, better: 1));
        }

        if (Value("loss") is { } last)
        {
            yield return new Row(L["metric.loss"], L["metric.loss.note"], "–", Format.Number(last), "", null);
        }
    }

    private static string Change(double? before, double now, int better, string text) => before is null ? "" : (better < 0 && now < before && text.StartsWith('-') ? "−" + text[1..] : text);

    private static string? Tone(double? before, double now, int better) => before is not { } from || from == now ? null : Math.Sign(now - from) == better ? "good" : "bad";

    private double? AtBase(string metric) => history!.Curve(metric) is [{ Step: 0 } first, ..] && double.IsFinite(first.Value) ? first.Value : null;

    private double? Value(string metric) =>
        Adapter.CheckpointStep is { } step && history!.Curve(metric).Where(p => p.Step == step).Select(p => (double?)p.Value).FirstOrDefault() is { } at ? at
        : Adapter.Metrics.TryGetValue(metric, out var value) && double.IsFinite(value) ? value
        : null;

    private string? At(SamplePrompt sample) => Adapter.CheckpointStep is { } step ? sample.At(step) : sample.Answers is [.., { Step: > 0 } last] ? last.Answer : null;

    private string DataHref(string versionId) => Database.DatasetVersions.Get(versionId) is { } version ? FormattableString.Invariant($"/data/{version.DatasetId}?version={version.Number}") : "/data";

    private sealed record Row(string Title, string Note, string Base, string Now, string Change, string? Tone);
}
