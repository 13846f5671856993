using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using NSec.Cryptography;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Data.Recipes;

namespace Studio.Data.Registry;

/// <summary>Where an adapter comes from and what it proved, as <c>passport.json</c> in its folder and zip; signed, and checked offline.</summary>
public sealed record Passport
{
    public const string FileName = "passport.json";

    public int SchemaVersion { get; init; } = 1;

    public required DateTimeOffset IssuedAt { get; init; }

    public required string AdapterId { get; init; }

    public required string ModelName { get; init; }

    public required string Kind { get; init; }

    /// <summary>peft for the adapter itself, else the format of the export it lies in.</summary>
    public string Format { get; init; } = "peft";

    public required ModelReference BaseModel { get; init; }

    public string? ChatTemplateSha256 { get; init; }

    public IReadOnlyList<DataSource> Data { get; init; } = [];

    public required Recipe Recipe { get; init; }

    public int Seed { get; init; }

    /// <summary>Version of Studio that trained it.</summary>
    public required string CodeVersion { get; init; }

    public PassportLineage Lineage { get; init; } = new("", null, null);

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public IReadOnlyList<Measure> Scorecard { get; init; } = [];

    public Verdict? Verdict { get; init; }

    public PolicyOverride? Override { get; init; }

    /// <summary>Path in the folder -> SHA-256 of every file but the passport itself.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Hashes of all files of an adapter folder.</summary>
    public static IReadOnlyDictionary<string, string> HashFiles(string folder)
    {
        SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (name != FileName)
            {
                using var file = File.OpenRead(path);
                hashes[name] = Convert.ToHexStringLower(SHA256.HashData(file));
            }
        }

        return hashes;
    }

    /// <summary>Signs the passport and writes it into the folder whose files it names.</summary>
    public void Write(string folder, PassportKey key)
    {
        var body = JsonSerializer.SerializeToNode(this, StudioJson.Options)!;
        var signed = new JsonObject
        {
            ["passport"] = body.DeepClone(),
            ["signature"] = new JsonObject
            {
                ["algorithm"] = "Ed25519",
                ["canonical_form"] = "RFC 8785",
                ["public_key"] = key.PublicKey,
                ["value"] = Convert.ToBase64String(key.Sign(CanonicalJson.Write(body))),
            },
        };
        var partial = Path.Combine(folder, FileName + ".partial");
        File.WriteAllText(partial, signed.ToJsonString(StudioJson.Indented) + "\n");
        File.Move(partial, Path.Combine(folder, FileName), overwrite: true);
    }

    /// <summary>Checks an adapter folder against its passport.</summary>
    /// <param name="trustedKey">The public key (base64) it must be signed with; null accepts any and says which one it was.</param>
    public static PassportCheck Verify(string folder, string? trustedKey = null)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Check(File.ReadAllText(path), HashFiles(folder), trustedKey) : PassportCheck.Missing;
    }

    /// <summary>Checks an adapter zip against the passport in it, without unpacking to disk.</summary>
    /// <exception cref="InvalidDataException">It is no zip.</exception>
    public static PassportCheck VerifyZip(Stream zip, string? trustedKey = null)
    {
        const int mostEntries = 1000;
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Count > mostEntries)
        {
            throw new InvalidDataException(FormattableString.Invariant($"The zip has {archive.Entries.Count} entries; an adapter has at most {mostEntries}."));
        }

        var entries = archive.Entries.Where(e => e.Name.Length > 0).ToList();
        if (entries.Where(e => e.Name == FileName).MinBy(e => e.FullName.Length) is not { } passport || passport.Length > 16 * 1024 * 1024)
        {
            return PassportCheck.Missing;
        }

        // Some tools put everything into one folder; names count from where the passport stands.
        var root = passport.FullName[..^FileName.Length];
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (var entry in entries.Where(e => e != passport))
        {
            using var content = entry.Open();
            var name = entry.FullName.StartsWith(root, StringComparison.Ordinal) ? entry.FullName[root.Length..] : "../" + entry.FullName;
            hashes[hashes.ContainsKey(name) ? name + " (twice)" : name] = Convert.ToHexStringLower(SHA256.HashData(content));
        }

        using var reader = new StreamReader(passport.Open());
        return Check(reader.ReadToEnd(), hashes, trustedKey);
    }

    private static PassportCheck Check(string json, IReadOnlyDictionary<string, string> files, string? trustedKey)
    {
        Passport passport;
        bool valid;
        string publicKey;
        try
        {
            var signed = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject ?? throw new JsonException();
            var body = signed["passport"] ?? throw new JsonException();
            publicKey = (string?)signed["signature"]?["public_key"] ?? "";
            var value = (string?)signed["signature"]?["value"] ?? "";
            valid = PassportKey.Verify(publicKey, CanonicalJson.Write(body), value);
            passport = body.Deserialize<Passport>(StudioJson.Options)!;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return new PassportCheck { Found = true, Changes = [new PassportChange(FileName, "unreadable")] };
        }

        List<PassportChange> changes = valid ? [] : [new PassportChange(FileName, "changed")];
        foreach (var (name, hash) in passport.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!files.TryGetValue(name, out var found))
            {
                changes.Add(new PassportChange(name, "missing"));
            }
            else if (!string.Equals(found, hash, StringComparison.OrdinalIgnoreCase))
            {
                changes.Add(new PassportChange(name, "changed"));
            }
        }

        changes.AddRange(files.Keys.Where(name => !passport.Files.ContainsKey(name)).Order(StringComparer.Ordinal).Select(name => new PassportChange(name, "added")));
        return new PassportCheck
        {
            Found = true,
            Passport = passport,
            SignatureValid = valid,
            PublicKey = publicKey,
            KeyTrusted = trustedKey is null ? null : trustedKey == publicKey,
            Changes = changes,
        };
    }
}

/// <summary>A dataset version that went in, and who answers for it.</summary>
public sealed record DataSource(DataReference Reference, string? UploadedBy);

/// <param name="StartAdapterId">Adapter that training continued from.</param>
/// <param name="CheckpointStep">Step of the checkpoint it was taken from; null for the result of the job.</param>
public sealed record PassportLineage(string JobId, string? StartAdapterId, int? CheckpointStep);

/// <param name="What">changed, missing, added or unreadable.</param>
public sealed record PassportChange(string File, string What);

/// <summary>The answer of a verification.</summary>
public sealed record PassportCheck
{
    public static PassportCheck Missing { get; } = new() { Changes = [new PassportChange(Registry.Passport.FileName, "missing")] };

    public bool Found { get; init; }

    public Passport? Passport { get; init; }

    public bool SignatureValid { get; init; }

    /// <summary>Base64 of the key that signed.</summary>
    public string? PublicKey { get; init; }

    /// <summary>Whether that is the key asked for; null when none was.</summary>
    public bool? KeyTrusted { get; init; }

    /// <summary>Everything that is not as it was signed.</summary>
    public IReadOnlyList<PassportChange> Changes { get; init; } = [];

    public bool Holds => SignatureValid && KeyTrusted != false && Changes.Count == 0;
}

/// <summary>The Ed25519 key of an installation; made once, kept in a file that only its owner reads.</summary>
public sealed class PassportKey : IDisposable
{
    private readonly Key key;

    private PassportKey(Key key) => this.key = key;

    /// <summary>Base64 of the 32 bytes that anyone may know.</summary>
    public string PublicKey => Convert.ToBase64String(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));

    /// <summary>Reads the key, or makes it at the first start.</summary>
    /// <exception cref="FormatException">The file is no such key.</exception>
    public static PassportKey Open(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var fresh = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var file = new StreamWriter(path, options);
            file.WriteLine(Convert.ToBase64String(fresh.Export(KeyBlobFormat.RawPrivateKey)));
        }

        return new PassportKey(Key.Import(SignatureAlgorithm.Ed25519, Convert.FromBase64String(File.ReadAllText(path).Trim()), KeyBlobFormat.RawPrivateKey));
    }

    /// <summary>The public key as a PEM file, which OpenSSL and others read.</summary>
    public string PublicPem => System.Text.Encoding.ASCII.GetString(key.PublicKey.Export(KeyBlobFormat.PkixPublicKeyText));

    /// <summary>Base64 of a public key that is given as PEM or as base64.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static string ReadPublic(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.StartsWith("-----BEGIN", StringComparison.Ordinal))
        {
            return NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, System.Text.Encoding.ASCII.GetBytes(trimmed.ReplaceLineEndings("\n") + "\n"), KeyBlobFormat.PkixPublicKeyText, out var pem)
                ? Convert.ToBase64String(pem!.Export(KeyBlobFormat.RawPublicKey))
                : throw new FormatException("The PEM file holds no Ed25519 public key.");
        }

        return PublicKeyOf(trimmed) is not null ? trimmed : throw new FormatException("This is no Ed25519 public key: 32 bytes as base64, or a PEM file.");
    }

    public byte[] Sign(byte[] data) => SignatureAlgorithm.Ed25519.Sign(key, data);

    public void Dispose() => key.Dispose();

    internal static bool Verify(string publicKey, byte[] data, string signature)
    {
        try
        {
            return PublicKeyOf(publicKey) is { } known && SignatureAlgorithm.Ed25519.Verify(known, data, Convert.FromBase64String(signature));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static PublicKey? PublicKeyOf(string text) =>
        NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, Convert.FromBase64String(text), KeyBlobFormat.RawPublicKey, out var key) ? key : null;
}
