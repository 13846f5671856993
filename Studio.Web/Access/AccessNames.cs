namespace Studio.Web.Access;

/// <summary>Names of schemes and policies, used by endpoints and pages (<c>[Authorize(Policy = AccessNames.Trainer)]</c>).</summary>
public static class AccessNames
{
    /// <summary>Chooses one of the schemes below for each request.</summary>
    public const string Scheme = "studio";
    public const string Cookie = "studio-cookie";
    public const string Key = "studio-key";

    /// <summary>Everyone is the owner; only with --local-trial on loopback.</summary>
    public const string Trial = "studio-trial";

    /// <summary>Policies: each includes the ones before it.</summary>
    public const string Viewer = "viewer";
    public const string Trainer = "trainer";
    public const string Owner = "owner";

    public const string StampClaim = "studio:stamp";
    public const string KeyClaim = "studio:key";
}
