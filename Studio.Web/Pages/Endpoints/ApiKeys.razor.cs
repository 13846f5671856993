using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Access;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Endpoints;

/// <summary>API keys: made here, shown once, revoked here.</summary>
public sealed partial class ApiKeys
{
    private IReadOnlyList<ApiKey> keys = [];
    private IReadOnlyList<Problem> problems = [];
    private Confirm confirm = null!;
    private bool creating;
    private string? name;
    private Role role = Role.Viewer;
    private int days;
    private string? made;

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = null!;

    [Parameter]
    public bool OpenCreate { get; set; }

    [Inject]
    private IStringLocalizer<EndpointsText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private KeyRing Ring { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        creating = OpenCreate;
        Follow(Database.ApiKeys);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        keys = Ring.List();
        return Task.CompletedTask;
    }

    private void Open()
    {
        (creating, name, role, days, made, problems) = (true, null, Role.Viewer, 0, null, []);
    }

    private void OnCreating(bool open)
    {
        creating = open;
        if (!open)
        {
            made = null;
        }
    }

    private async Task CreateAsync()
    {
        var created = Ring.Create(name ?? "", role, Viewer.UserId, days > 0 ? TimeSpan.FromDays(days) : null, Viewer.Name);
        problems = created.Problems;
        if (created.Succeeded)
        {
            made = created.Value.Key;
            await LoadAsync();
        }
    }

    private async Task RevokeAsync(ApiKey key)
    {
        if (await confirm.AskAsync(L["keys.revoke.title", key.Name], L["keys.revoke.text"], L["keys.revoke"]))
        {
            Ring.Revoke(key.Id, Viewer.Name);
            await LoadAsync();
        }
    }
}
