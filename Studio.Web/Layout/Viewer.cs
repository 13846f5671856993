using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Studio.Data.Access;

namespace Studio.Web.Layout;

/// <summary>The person looking: the name for the audit log, the id of records they own, what they may do.</summary>
public sealed record Viewer(string Name, string? UserId, Role Role)
{
    public bool CanTrain => Role is Role.Trainer or Role.Owner;

    public bool IsOwner => Role == Role.Owner;

    public static async Task<Viewer> OfAsync(Task<AuthenticationState>? state)
    {
        var user = state is null ? new ClaimsPrincipal() : (await state).User;
        var role = Enum.GetValues<Role>().Where(r => user.IsInRole(r.ToString())).DefaultIfEmpty(Role.Viewer).Max();
        return new Viewer(user.Identity?.Name ?? "", user.FindFirstValue(ClaimTypes.NameIdentifier), role);
    }
}
