using System.Globalization;
using Microsoft.AspNetCore.Components;
using Studio.Data.Store;

namespace Studio.Web.Components;

/// <summary>
/// A component that follows changes made elsewhere: it loads again and redraws at most four times a second, in the language of the person looking
/// (a change raised by a background thread brings that thread's culture along).
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly CultureInfo culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo uiCulture = CultureInfo.CurrentUICulture;
    private readonly List<Action> undo = [];
    private ITimer? timer;
    private int waiting;
    private bool gone;

    [Inject]
    protected TimeProvider Clock { get; set; } = null!;

    /// <summary>Reads what the page shows; runs again after every followed change.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <summary>Loads again when a record of the collection changes (or, with <paramref name="which"/>, when one of those does).</summary>
    protected void Follow<T>(IRepository<T> records, Func<string, bool>? which = null)
        where T : class, IRecord
    {
        void OnChanged(string id)
        {
            if (which is null || which(id))
            {
                Poke();
            }
        }

        records.Changed += OnChanged;
        undo.Add(() => records.Changed -= OnChanged);
    }

    protected void Follow(IDisposable subscription) => undo.Add(subscription.Dispose);

    /// <summary>Loads again every <paramref name="period"/>, for numbers that nobody announces.</summary>
    protected void Every(TimeSpan period)
    {
        var repeat = Clock.CreateTimer(_ => Poke(), null, period, period);
        undo.Add(repeat.Dispose);
    }

    /// <summary>Asks for a load and a redraw; many calls become one.</summary>
    protected void Poke()
    {
        if (Interlocked.Exchange(ref waiting, 1) == 0)
        {
            timer?.Dispose();
            timer = Clock.CreateTimer(_ => _ = ReloadAsync(), null, Pace, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task ReloadAsync()
    {
        Interlocked.Exchange(ref waiting, 0);
        if (gone)
        {
            return;
        }

        try
        {
            await InvokeAsync(async () =>
            {
                CultureInfo.CurrentCulture = culture;
                CultureInfo.CurrentUICulture = uiCulture;
                await LoadAsync();
                StateHasChanged();
            });
        }
        catch (ObjectDisposedException)
        {
            // The page was left while the redraw was on its way.
        }
        catch (Exception fault)
        {
            await DispatchExceptionAsync(fault);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        gone = true;
        timer?.Dispose();
        foreach (var action in undo)
        {
            action();
        }

        undo.Clear();
    }
}
