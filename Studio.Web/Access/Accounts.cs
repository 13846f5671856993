using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Store;

namespace Studio.Web.Access;

/// <summary>People who sign in. The first owner is made through a link that the console shows once.</summary>
public sealed class Accounts(StudioDatabase database, AuditLog audit, TimeProvider time)
{
    public const int FailuresBeforeLock = 5;
    public const int ShortestPassword = 10;

    public static readonly TimeSpan LockTime = TimeSpan.FromMinutes(15);

    private readonly PasswordHasher<User> hasher = new();
    private readonly Lock gate = new();

    // Compared with when the name is unknown, so that unknown names take as long as wrong passwords.
    private readonly string decoy = new PasswordHasher<User>().HashPassword(null!, NewId.With(""));

    private string? setupToken;

    public bool HasOwner => database.Users.List(u => u.Role == Role.Owner, limit: 1).Count > 0;

    public IReadOnlyList<User> List() => database.Users.List(newestFirst: false);

    public User? Get(string userId) => database.Users.Get(userId);

    /// <summary>The token of the one-time link, made at first call; null once an owner exists.</summary>
    public string? SetupToken()
    {
        lock (gate)
        {
            return HasOwner ? setupToken = null : setupToken ??= Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        }
    }

    public bool IsSetupToken(string? presented)
    {
        lock (gate)
        {
            return setupToken is { } token && presented is not null && !HasOwner
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(presented));
        }
    }

    public Outcome<User> CreateOwner(string? token, string name, string password)
    {
        lock (gate)
        {
            if (!IsSetupToken(token))
            {
                return Refusals.Invalid("token", "The link is not valid or was already used.", "Use the link that the console shows when Studio starts.");
            }

            var made = Add(name, password, Role.Owner, name);
            if (made.Succeeded)
            {
                setupToken = null;
            }

            return made;
        }
    }

    public Outcome<User> Create(string name, string password, Role role, string actor)
    {
        lock (gate)
        {
            return Add(name, password, role, actor);
        }
    }

    public Outcome<User> ChangePassword(string userId, string password, string actor)
    {
        if (password.Length is < ShortestPassword or > 256)
        {
            return BadPassword();
        }

        var changed = database.Users.Update(userId, user => user with
        {
            PasswordHash = hasher.HashPassword(user, password),
            SecurityStamp = NewId.With(""),
            FailedSignIns = 0,
            LockedUntil = null,
        });
        if (changed is null)
        {
            return Refusals.Missing("user", userId, "id");
        }

        audit.Write(actor, "user.password_changed", changed.Id, changed.Name);
        return changed;
    }

    public Outcome<User> ChangeRole(string userId, Role role, string actor)
    {
        lock (gate)
        {
            if (database.Users.Get(userId) is not { } user)
            {
                return Refusals.Missing("user", userId, "id");
            }

            if (user.Role == Role.Owner && role != Role.Owner && IsLastOwner(user))
            {
                return Refusals.Conflicting("This is the last owner.", "Make another owner first.");
            }

            var changed = database.Users.Update(userId, u => u with { Role = role, SecurityStamp = NewId.With("") })!;
            audit.Write(actor, "user.role_changed", changed.Id, $"{changed.Name}: {role}");
            return changed;
        }
    }

    public Outcome<User> Delete(string userId, string actor)
    {
        lock (gate)
        {
            if (database.Users.Get(userId) is not { } user)
            {
                return Refusals.Missing("user", userId, "id");
            }

            if (IsLastOwner(user))
            {
                return Refusals.Conflicting("This is the last owner.", "Make another owner first.");
            }

            database.Users.Delete(userId);
            audit.Write(actor, "user.deleted", user.Id, user.Name);
            return user;
        }
    }

    /// <summary>Checks name and password; several failures lock the account for a while.</summary>
    public Outcome<User> SignIn(string name, string password)
    {
        var now = time.GetUtcNow();
        var user = Find(name);
        if (user is null || password.Length > 256)
        {
            hasher.VerifyHashedPassword(null!, decoy, password.Length > 256 ? "" : password);
            return WrongSignIn();
        }

        if (user.LockedUntil > now)
        {
            return new Data.Validation.Problem("locked", Data.Validation.Severity.Fatal, "Too many wrong passwords: the account is locked for a while.", $"Try again after {user.LockedUntil:HH:mm} UTC.");
        }

        if (hasher.VerifyHashedPassword(user, user.PasswordHash, password) == PasswordVerificationResult.Failed)
        {
            var failed = database.Users.Update(user.Id, u => u.FailedSignIns + 1 >= FailuresBeforeLock
                ? u with { FailedSignIns = 0, LockedUntil = now + LockTime }
                : u with { FailedSignIns = u.FailedSignIns + 1 });
            if (failed?.LockedUntil > now)
            {
                audit.Write(user.Name, "user.locked", user.Id);
            }

            return WrongSignIn();
        }

        if (user.FailedSignIns > 0 || user.LockedUntil is not null)
        {
            user = database.Users.Update(user.Id, u => u with { FailedSignIns = 0, LockedUntil = null }) ?? user;
        }

        audit.Write(user.Name, "user.signed_in", user.Id);
        return user;
    }

    /// <summary>What the cookie carries.</summary>
    public static ClaimsPrincipal Principal(User user, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.Id),
            new Claim(ClaimTypes.Name, user.Name),
            new Claim(ClaimTypes.Role, user.Role.ToString()),
            new Claim(AccessNames.StampClaim, user.SecurityStamp),
        ],
        scheme));

    /// <summary>True while the user exists with the role and stamp that the cookie was given for.</summary>
    public bool IsCurrent(ClaimsPrincipal principal) =>
        principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
        && database.Users.Get(id) is { } user
        && principal.FindFirstValue(AccessNames.StampClaim) == user.SecurityStamp
        && principal.IsInRole(user.Role.ToString());

    private Outcome<User> Add(string name, string password, Role role, string actor)
    {
        name = name.Trim();
        if (name.Length is 0 or > 64 || name.Any(char.IsControl))
        {
            return Refusals.Invalid("name", "A name has 1 to 64 characters.", "Use letters, digits and dots.");
        }

        if (password.Length is < ShortestPassword or > 256)
        {
            return BadPassword();
        }

        if (Find(name) is not null)
        {
            return Refusals.Conflicting($"There is already a user \"{name}\".", "Choose another name.");
        }

        var user = new User
        {
            Id = NewId.User(),
            CreatedAt = time.GetUtcNow(),
            Name = name,
            PasswordHash = "",
            Role = role,
            SecurityStamp = NewId.With(""),
        };
        user = database.Users.Insert(user with { PasswordHash = hasher.HashPassword(user, password) });
        audit.Write(actor, "user.created", user.Id, $"{user.Name}: {role}");
        return user;
    }

    private User? Find(string name) => database.Users.List(u => string.Equals(u.Name, name.Trim(), StringComparison.OrdinalIgnoreCase), limit: 1).FirstOrDefault();

    private bool IsLastOwner(User user) => user.Role == Role.Owner && database.Users.List(u => u.Role == Role.Owner).Count == 1;

    private static Outcome<User> WrongSignIn() => Refusals.Invalid("password", "Name or password is wrong.", "Try again, or ask an owner to set a new password.");

    private static Outcome<User> BadPassword() => Refusals.Invalid("password", $"A password has at least {ShortestPassword} characters.", "Use a longer one; several words are easy to remember.");
}
