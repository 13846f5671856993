using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Access;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Settings;

/// <summary>People who sign in and what they may do; for owners.</summary>
public sealed partial class UserList
{
    private IReadOnlyList<User> users = [];
    private IReadOnlyList<Problem> problems = [];
    private Confirm confirm = null!;
    private bool open;
    private User? target;
    private string? name;
    private string? password;
    private Role newRole = Role.Trainer;

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = null!;

    [Inject]
    private IStringLocalizer<SettingsText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private Accounts Accounts { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Users);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        users = Accounts.List();
        return Task.CompletedTask;
    }

    /// <summary>Null adds someone; a user sets a new password.</summary>
    private void Open(User? user) => (open, target, name, password, problems) = (true, user, null, null, []);

    private async Task SaveAsync()
    {
        var saved = target is null ? Accounts.Create(name ?? "", password ?? "", newRole, Viewer.Name) : Accounts.ChangePassword(target.Id, password ?? "", Viewer.Name);
        problems = saved.Problems;
        if (saved.Succeeded)
        {
            (open, password) = (false, null);
            await LoadAsync();
        }
    }

    private async Task ChangeRole(User user, string? word)
    {
        if (Enum.TryParse<Role>(word, out var role) && role != user.Role)
        {
            Say(Accounts.ChangeRole(user.Id, role, Viewer.Name), L["users.role.done", user.Name]);
            await LoadAsync();
        }
    }

    private async Task DeleteAsync(User user)
    {
        if (await confirm.AskAsync(L["users.delete.title", user.Name], L["users.delete.text"], Common["common.delete"]))
        {
            Say(Accounts.Delete(user.Id, Viewer.Name), L["users.delete.done", user.Name]);
            await LoadAsync();
        }
    }

    private void Say(Outcome<User> outcome, string done) =>
        Notices.Add(outcome.Succeeded ? done : outcome.Summary, outcome.Succeeded ? MudBlazor.Severity.Success : MudBlazor.Severity.Error);
}
