using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Access;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Settings;

/// <summary>Who did what and when, newest first.</summary>
public sealed partial class AuditTrail
{
    private const int Page = 50;

    private IReadOnlyList<AuditEntry> entries = [];
    private int shown = Page;

    [Inject]
    private IStringLocalizer<SettingsText> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private AuditLog Log { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Audit);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        entries = Log.List(limit: shown);
        return Task.CompletedTask;
    }

    private Task MoreAsync()
    {
        shown += Page;
        return LoadAsync();
    }
}
