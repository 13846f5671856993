using System.CommandLine;
using Studio.Data;
using Studio.Data.Registry;

namespace Studio.Training.Commands;

/// <summary><c>passport verify ZIP|FOLDER [--key FILE]</c>: whether an adapter is as it was signed, and what was changed if not. Needs no network and no store.</summary>
public static class PassportCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "Zip or folder of an adapter with its passport.json." };
        var key = new Option<string?>("--key") { Description = "File with the public key the passport must be signed with (PEM or base64); without it any key counts, and the answer names it." };
        var verify = new Command("verify", "Check an adapter against its passport: one JSON line; exit code 1 when anything was changed, added or is missing.") { path, key };
        verify.SetAction(parse => Verify(parse.GetValue(path)!, parse.GetValue(key), Console.Out, Console.Error));
        return new Command("passport", "Check where an adapter comes from and that nobody changed it.") { verify };
    }

    internal static int Verify(string path, string? keyFile, TextWriter output, TextWriter errors)
    {
        var check = Read(path, keyFile is null ? null : ReadKey(keyFile));
        output.WriteLine(StudioJson.Serialize(new
        {
            Path = path,
            check.Holds,
            check.Found,
            check.SignatureValid,
            check.KeyTrusted,
            check.PublicKey,
            check.Passport?.AdapterId,
            check.Passport?.ModelName,
            check.Passport?.IssuedAt,
            Released = check.Passport?.Verdict is { } verdict ? verdict.Allows(check.Passport.Override) : (bool?)null,
            check.Changes,
        }));
        foreach (var line in Words(check))
        {
            errors.WriteLine(line);
        }

        return check.Holds ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static PassportCheck Read(string path, string? key)
    {
        if (Directory.Exists(path))
        {
            return Passport.Verify(path, key);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such file or folder");
        }

        using var zip = File.OpenRead(path);
        try
        {
            return Passport.VerifyZip(zip, key);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidDataException($"{path}: is no zip of an adapter; {fault.Message}", fault);
        }
    }

    private static string ReadKey(string file)
    {
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"--key {file}: no such file");
        }

        try
        {
            return PassportKey.ReadPublic(File.ReadAllText(file));
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"--key {file}: {fault.Message}", fault);
        }
    }

    private static IEnumerable<string> Words(PassportCheck check)
    {
        if (!check.Found)
        {
            yield return $"There is no {Passport.FileName}: nothing says where this adapter comes from.";
            yield break;
        }

        foreach (var change in check.Changes)
        {
            yield return change switch
            {
                { File: Passport.FileName, What: "changed" } => $"{Passport.FileName} was changed: its signature does not fit what it says.",
                { What: "unreadable" } => $"{change.File} cannot be read.",
                { What: "changed" } => $"{change.File} was changed.",
                { What: "missing" } => $"{change.File} is missing.",
                _ => $"{change.File} was added.",
            };
        }

        if (check.KeyTrusted == false)
        {
            yield return $"It was signed with another key: {check.PublicKey}.";
        }

        if (check.Holds)
        {
            yield return check.KeyTrusted is null
                ? $"Nothing was changed since it was signed. The key is {check.PublicKey}; compare it with that of the sender, or give it with --key."
                : "Nothing was changed since it was signed, and it was signed with the given key.";
        }
    }
}
