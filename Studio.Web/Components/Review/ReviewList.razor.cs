using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Data.Reviews;
using Studio.Web.Resources;

namespace Studio.Web.Components.Review;

/// <summary>
/// A list that a person works through: move with J and K, accept with A, reject with R, edit with E, select with X and take back with U, one by one or
/// many at once. The owner of the records changes them; this component shows, counts and asks.
/// </summary>
public sealed partial class ReviewList<TItem> : IAsyncDisposable
{
    private readonly HashSet<string> selected = new(StringComparer.Ordinal);
    private List<TItem> shown = [];
    private string? current;
    private string? editing;
    private string draft = "";
    private string said = "";
    private int page;
    private bool reveal;
    private bool focusEditor;
    private IJSObjectReference? module;
    private IJSObjectReference? handle;
    private DotNetObjectReference<ReviewList<TItem>>? self;

    /// <summary>Everything there is to review; this component filters and pages it.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<TItem> Items { get; set; } = [];

    [Parameter, EditorRequired]
    public Func<TItem, string> Id { get; set; } = null!;

    [Parameter, EditorRequired]
    public Func<TItem, ReviewState> State { get; set; } = null!;

    /// <summary>What a row shows.</summary>
    [Parameter, EditorRequired]
    public RenderFragment<TItem> Row { get; set; } = null!;

    /// <summary>Name of the list for those who cannot see it.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>The text that can be edited; null offers no editing.</summary>
    [Parameter]
    public Func<TItem, string>? Text { get; set; }

    [Parameter]
    public string? EditLabel { get; set; }

    /// <summary>Null shows all.</summary>
    [Parameter]
    public ReviewState? Filter { get; set; } = ReviewState.Open;

    [Parameter]
    public EventCallback<ReviewState?> FilterChanged { get; set; }

    /// <summary>Further filters beside the states.</summary>
    [Parameter]
    public RenderFragment? Tools { get; set; }

    /// <summary>Shown instead of an empty list.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    /// <summary>False only shows.</summary>
    [Parameter]
    public bool CanDecide { get; set; } = true;

    [Parameter]
    public int PageSize { get; set; } = 50;

    [Parameter]
    public EventCallback<ReviewDecision<TItem>> OnDecide { get; set; }

    /// <summary>A new text; whoever saves it accepts the item as well.</summary>
    [Parameter]
    public EventCallback<ReviewEdit<TItem>> OnEdit { get; set; }

    [Inject]
    private IStringLocalizer<ReviewText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private static IReadOnlyList<(ReviewState? State, string Name)> Filters { get; } = [(ReviewState.Open, "open"), (ReviewState.Accepted, "accepted"), (ReviewState.Rejected, "rejected"), (null, "all")];

    private IEnumerable<TItem> Page => shown.Skip(page * PageSize).Take(PageSize);

    protected override void OnParametersSet()
    {
        // An item that was decided leaves the list; the one that takes its place becomes the current one.
        var place = current is null ? 0 : Math.Max(0, shown.FindIndex(i => Id(i) == current));
        shown = [.. Items.Where(i => Filter is null || State(i) == Filter)];
        selected.IntersectWith(shown.Select(Id));
        page = Math.Clamp(page, 0, Math.Max(0, (shown.Count - 1) / PageSize));
        if (shown.Count == 0)
        {
            current = null;
        }
        else if (current is null || !shown.Exists(i => Id(i) == current))
        {
            current = Id(shown[Math.Min(place, shown.Count - 1)]);
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            self = DotNetObjectReference.Create(this);
            module = await Js.InvokeAsync<IJSObjectReference>("import", "/review.js");
            handle = await module.InvokeAsync<IJSObjectReference>("attach", self);
        }

        if (reveal && current is not null && module is not null)
        {
            reveal = false;
            await module.InvokeVoidAsync("show", $"review-{current}");
        }

        if (focusEditor && module is not null)
        {
            focusEditor = false;
            await module.InvokeVoidAsync("focusEditor");
        }
    }

    /// <summary>A key that the browser passes on while nothing is being typed.</summary>
    [JSInvokable]
    public async Task Press(string key)
    {
        if (shown.Count == 0)
        {
            return;
        }

        var place = Math.Max(0, shown.FindIndex(i => Id(i) == current));
        switch (key)
        {
            case "j":
                Move(place + 1);
                break;
            case "k":
                Move(place - 1);
                break;
            case "a" when CanDecide:
                await DecideAsync(ReviewState.Accepted);
                break;
            case "r" when CanDecide:
                await DecideAsync(ReviewState.Rejected);
                break;
            case "u" when CanDecide:
                await DecideAsync(ReviewState.Open);
                break;
            case "x" when CanDecide:
                Toggle(Id(shown[place]));
                break;
            case "e" when CanDecide && Text is not null:
                OpenEditor(shown[place]);
                break;
        }

        StateHasChanged();
    }

    private static string Name(ReviewState? state) => state?.ToString().ToLowerInvariant() ?? "all";

    private static Tone ToneOf(ReviewState state) => state switch
    {
        ReviewState.Accepted => Tone.Good,
        ReviewState.Rejected => Tone.Bad,
        _ => Tone.Neutral,
    };

    private int CountOf(ReviewState? state) => state is null ? Items.Count : Items.Count(i => State(i) == state);

    private void Move(int place)
    {
        place = Math.Clamp(place, 0, shown.Count - 1);
        (current, page, reveal) = (Id(shown[place]), place / PageSize, true);
    }

    private void Go(int to)
    {
        page = to;
        Move(to * PageSize);
    }

    private async Task ShowAsync(ReviewState? state)
    {
        selected.Clear();
        (current, page, editing) = (null, 0, null);
        await FilterChanged.InvokeAsync(state);
    }

    private void Toggle(string id)
    {
        if (!selected.Remove(id))
        {
            selected.Add(id);
        }
    }

    private void SelectAll(ChangeEventArgs change)
    {
        selected.Clear();
        if (change.Value is true)
        {
            selected.UnionWith(shown.Select(Id));
        }
    }

    /// <summary>The selected items, or else the current one.</summary>
    private Task DecideAsync(ReviewState state) =>
        DecideAsync(selected.Count > 0 ? [.. shown.Where(i => selected.Contains(Id(i)))] : [.. shown.Where(i => Id(i) == current)], state);

    private Task DecideAsync(TItem item, ReviewState state) => DecideAsync([item], state);

    private async Task DecideAsync(IReadOnlyList<TItem> items, ReviewState state)
    {
        if (items.Count == 0)
        {
            return;
        }

        var place = shown.FindIndex(i => Id(i) == current);
        editing = null;
        selected.Clear();
        await OnDecide.InvokeAsync(new ReviewDecision<TItem>(items, state));
        said = L.Plural($"said.{Name(state)}", items.Count);

        // With all states shown nothing moves up by itself.
        if (items.Count == 1 && Filter is null && Id(items[0]) == current && state != ReviewState.Open)
        {
            Move(place + 1);
        }

        reveal = true;
    }

    private void OpenEditor(TItem item)
    {
        (current, editing, draft, focusEditor) = (Id(item), Id(item), Text!(item), true);
    }

    private void CloseEditor() => editing = null;

    private void OnEditorKey(KeyboardEventArgs key)
    {
        if (key.Key == "Escape")
        {
            CloseEditor();
        }
    }

    private async Task SaveAsync(TItem item)
    {
        editing = null;
        await OnEdit.InvokeAsync(new ReviewEdit<TItem>(item, draft.Trim()));
        said = L.Plural("said.accepted", 1);
    }

    public async ValueTask DisposeAsync()
    {
        await BrowserParts.ReleaseAsync(handle, module);
        self?.Dispose();
    }
}
