using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Resources;
using Studio.Web.Reviews;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Playground;

/// <summary>One question to one to four models at once, streamed side by side. The models are in the address.</summary>
public sealed partial class PlaygroundPage
{
    private const int Most = 4;
    private const double DefaultTemperature = 0.2;
    private const int Alternatives = 5;

    private readonly List<Conversation> columns = [];
    private IReadOnlyList<Choice> choices = [];
    private string? prompt;
    private string? system;
    private double temperature = DefaultTemperature;
    private double topP = 1;
    private int maxTokens = 256;
    private long? seed;
    private bool sheet;
    private bool probabilities;
    private bool prefilled;

    /// <summary>Names, separated by commas.</summary>
    [SupplyParameterFromQuery]
    public string? Models { get; set; }

    /// <summary>A single model, shown beside its base.</summary>
    [SupplyParameterFromQuery]
    public string? Model { get; set; }

    /// <summary>A question to start with.</summary>
    [SupplyParameterFromQuery]
    public string? Prompt { get; set; }

    [Inject]
    private IStringLocalizer<PlaygroundText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private ModelDirectory Directory { get; set; } = null!;

    [Inject]
    private ChatGateway Gateway { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private VoteBox Box { get; set; } = null!;

    [Inject]
    private MudBlazor.ISnackbar Notices { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    private bool Busy => columns.Any(c => c.Busy);

    protected override void OnInitialized()
    {
        Follow(Database.Adapters);
        Follow(Database.Deployments);
        Follow(Database.BaseModels);
    }

    protected override async Task OnParametersSetAsync()
    {
        await LoadAsync();
        if (!prefilled)
        {
            (prompt, prefilled) = (Prompt, true);
        }

        var wanted = Wanted();
        for (var i = 0; i < wanted.Count; i++)
        {
            if (i >= columns.Count)
            {
                columns.Add(new Conversation(wanted[i]));
            }
            else if (columns[i].Model != wanted[i])
            {
                columns[i].Stop();
                columns[i] = columns.Skip(i + 1).FirstOrDefault(c => c.Model == wanted[i]) ?? new Conversation(wanted[i]);
            }
        }

        foreach (var gone in columns.Skip(wanted.Count).Where(c => !columns.Take(wanted.Count).Contains(c)))
        {
            gone.Stop();
        }

        columns.RemoveRange(wanted.Count, Math.Max(0, columns.Count - wanted.Count));
    }

    protected override Task LoadAsync()
    {
        var bases = Database.BaseModels.List().ToDictionary(m => m.Id, StringComparer.Ordinal);
        choices =
        [
            .. bases.Values.Where(m => m.State == BaseModelState.Ready).OrderBy(m => m.CreatedAt).Select(m => new Choice("base", m.Name, m.Name)),
            .. Database.Deployments.List(d => d.State == DeploymentState.Ready).Select(d => new Choice("endpoint", d.Alias, d.Alias)),
            .. Database.Adapters.List(a => a.Kind != "reward", limit: 200).Where(a => bases.TryGetValue(a.BaseModelId, out var model) && model.State == BaseModelState.Ready).Select(a => new Choice("adapter", a.ModelName, FormattableString.Invariant($"{a.Name} v{a.Version}"))),
        ];
        return Task.CompletedTask;
    }

    /// <summary>What the address asks for; without it the newest endpoint or adapter beside its base.</summary>
    private List<string> Wanted()
    {
        var named = (Models ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        if (named.Count == 0 && Model is { Length: > 0 } one)
        {
            named = Directory.Find(one) is { LoraName: not null } served ? [served.Base.Name, one] : [one];
        }

        if (named.Count == 0 && choices.Count > 0)
        {
            var newest = choices.FirstOrDefault(c => c.Group == "adapter")?.Name;
            named = newest is not null && Directory.Find(newest) is { } served ? [served.Base.Name, newest] : [choices[0].Name];
        }

        return [.. named.Distinct(StringComparer.Ordinal).Take(Most)];
    }

    private void Go(IEnumerable<string> models) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["models"] = string.Join(',', models), ["model"] = null, ["prompt"] = null }), replace: true);

    private void AddColumn()
    {
        var shown = columns.Select(c => c.Model).ToList();
        Go(shown.Append((choices.FirstOrDefault(c => !shown.Contains(c.Name)) ?? choices[0]).Name));
    }

    private void Remove(int index) => Go(columns.Where((_, i) => i != index).Select(c => c.Model));

    private void Choose(int index, string model) => Go(columns.Select((c, i) => i == index ? model : c.Model));

    private async Task SendAsync()
    {
        if (string.IsNullOrWhiteSpace(prompt) || Busy)
        {
            return;
        }

        var question = prompt.Trim();
        prompt = "";
        (voted, allBad) = (false, false);
        var options = new ChatOptions { Temperature = temperature, TopP = topP < 1 ? topP : null, MaxTokens = Math.Max(1, maxTokens), Seed = seed, TopLogprobs = probabilities ? Alternatives : null };
        await Task.WhenAll(columns.Select(c => c.AskAsync(Gateway, question, system, options, Clock, Poke)));
    }

    private void Stop()
    {
        foreach (var column in columns)
        {
            column.Stop();
        }
    }

    private void Clear()
    {
        Stop();
        foreach (var column in columns)
        {
            column.Turns.Clear();
        }
    }

    private string Stats(Conversation column)
    {
        if (column.Turns.LastOrDefault(t => t.Role == "assistant") is not { } last || (last.Count == 0 && !last.Stopped))
        {
            return "";
        }

        var parts = new List<string> { L.Plural("stats.tokens", last.Count) };
        if (last.Rate is { } rate)
        {
            parts.Add(Format.Rate(rate));
        }

        if (last.FirstTokenMs is { } first)
        {
            parts.Add(L["stats.first", Format.Milliseconds(first)]);
        }

        if (last.Stopped)
        {
            parts.Add(L["stats.stopped"]);
        }
        else if (last.FinishReason == "length")
        {
            parts.Add(L["stats.length"]);
        }

        return string.Join(" · ", parts);
    }

    private string KindOf(string model) => choices.FirstOrDefault(c => c.Name == model)?.Group ?? (Checkpoint().IsMatch(model) ? "checkpoint" : "unknown");

    /// <summary>Adapters by label, checkpoints by the name of their run and step.</summary>
    private string ShortName(string model)
    {
        if (choices.FirstOrDefault(c => c.Name == model) is { } choice)
        {
            return choice.Label;
        }

        var match = Checkpoint().Match(model);
        return match.Success && Directory.Find(model) is { JobId: { } jobId } && Database.Jobs.Get(jobId) is { } job
            ? L["checkpoint.name", job.Name, Format.Count(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))]
            : model;
    }

    protected override void Dispose(bool disposing)
    {
        Stop();
        base.Dispose(disposing);
    }

    [GeneratedRegex(@":ckpt-step-(\d{1,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex Checkpoint();

    private sealed record Choice(string Group, string Name, string Label);
}
