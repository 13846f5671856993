using System.Security.Cryptography;

namespace Studio.Data;

/// <summary>Makes the identifiers that name records and folders: a short prefix and 24 characters that no user chooses.</summary>
public static class NewId
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static string File() => With("file-");

    public static string Job() => With("ftjob-");

    public static string Dataset() => With("ds-");

    public static string DatasetVersion() => With("dsv-");

    public static string BaseModel() => With("base-");

    public static string Adapter() => With("adp-");

    public static string Deployment() => With("dep-");

    public static string ApiKey() => With("key-");

    public static string User() => With("user-");

    public static string Audit() => With("aud-");

    public static string Evaluation() => With("eval-");

    public static string Override() => With("ovr-");

    public static string Vote() => With("vote-");

    public static string Preparation() => With("prep-");

    public static string With(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, 24);
}
