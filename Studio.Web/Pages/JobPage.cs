using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Web.Components;
using Studio.Web.Jobs;

namespace Studio.Web.Pages;

/// <summary>The page of one job of any kind, and what can be asked of it there; what is refused is said.</summary>
public abstract class JobPage<TJob> : StudioPage
    where TJob : LeasedJob
{
    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>Set by the page's markup.</summary>
    protected Confirm Confirm { get; set; } = null!;

    protected abstract Board<TJob> Jobs { get; }

    /// <summary>Texts of the page, with the keys <c>refused</c>, <c>cancel</c>, <c>cancel.title</c>, <c>cancel.text</c>, <c>delete.title</c> and <c>delete.text</c>.</summary>
    protected abstract IStringLocalizer Words { get; }

    /// <summary>Address of the list that such jobs stand in.</summary>
    protected abstract string ListHref { get; }

    private string Name => Jobs.Get(Id)?.Name ?? "";

    protected async Task ActAsync(Func<string, string, Outcome<TJob>> action)
    {
        Say(action(Id, Viewer.Name));
        await LoadAsync();
    }

    protected async Task CancelAsync()
    {
        if (await Confirm.AskAsync(Words["cancel.title", Name], Words["cancel.text"], Words["cancel"]))
        {
            await ActAsync(Jobs.Cancel);
        }
    }

    protected async Task DeleteAsync()
    {
        if (await Confirm.AskAsync(Words["delete.title", Name], Words["delete.text"], Common["common.delete"]) && Say(Jobs.Delete(Id, Viewer.Name)))
        {
            Navigation.NavigateTo(ListHref);
        }
    }

    /// <summary>True when nothing was refused.</summary>
    protected bool Say<T>(Outcome<T> outcome)
    {
        if (!outcome.Succeeded)
        {
            Notices.Add(Words["refused"], MudBlazor.Severity.Warning);
        }

        return outcome.Succeeded;
    }
}
