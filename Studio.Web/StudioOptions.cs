using System.Globalization;
using System.Net;

namespace Studio.Web;

/// <summary>What this process does: everything, only pages and API, or only jobs.</summary>
public enum HostRole
{
    All,
    Web,
    Worker,
}

/// <summary>Settings of the host: a flag wins over its environment variable, which wins over the default.</summary>
public sealed record StudioOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5200";

    public required string DataFolder { get; init; }

    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>No sign-in; only on loopback.</summary>
    public bool LocalTrial { get; init; }

    public HostRole Role { get; init; } = HostRole.All;

    /// <summary>Trainer to run: a .dll or an executable; null takes the one built beside the host.</summary>
    public string? Trainer { get; init; }

    /// <summary>Trainings that run at the same time on this machine.</summary>
    public int Trainings { get; init; } = 1;

    /// <summary>Logs as JSON lines for a collector.</summary>
    public bool JsonLogs { get; init; }

    /// <summary>Requests that one base model's worker may have at once before callers get 429.</summary>
    public int QueueLimit { get; init; } = 64;

    /// <summary>Adapters that stay loaded in one worker.</summary>
    public int ResidentAdapters { get; init; } = 16;

    public TimeSpan WorkerIdleTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Requests per minute of one key or address.</summary>
    public int RequestsPerMinute { get; init; } = 6000;

    public long UploadLimitBytes { get; init; } = 2L << 30;

    /// <summary>Folders searched for the bundled model, first hit wins.</summary>
    public IReadOnlyList<string> SampleFolders { get; init; } = FindSamples();

    /// <summary>The text of <c>--help</c>.</summary>
    public static string Usage { get; } =
        $"""
        Studio: fine-tune language models and serve them.

        Usage: Studio.Web [options]

          --data DIR         data folder (STUDIO_DATA; default {DefaultDataFolder()})
          --urls URL[;URL]   addresses to listen on (STUDIO_URLS; default {DefaultUrl})
          --local-trial      no sign-in, on loopback addresses only (STUDIO_LOCAL_TRIAL=1)
          --role ROLE        all, web or worker (STUDIO_ROLE; default all)
          --trainer PATH     trainer program (STUDIO_TRAINER; default: the one built beside the host)
          --trainings N      trainings at the same time (STUDIO_TRAININGS; default 1)
          --json-logs        logs as JSON lines (STUDIO_JSON_LOGS=1)
                             STUDIO_SAMPLES names the folder of bundled models, data and recipes
          --help             this text
        """;

    /// <summary>True when every address is on loopback.</summary>
    public bool LoopbackOnly => Urls.All(IsLoopback);

    public static Outcome<StudioOptions> Parse(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name is "--local-trial" or "--json-logs")
            {
                given[name] = value ?? "true";
            }
            else if (name is "--data" or "--urls" or "--role" or "--trainer" or "--trainings")
            {
                if (value is null && ++i >= args.Count)
                {
                    return Refusals.Invalid(name, $"{name} needs a value.", "See --help.");
                }

                given[name] = value ?? args[i];
            }
            else
            {
                return Refusals.Invalid(name, $"Unknown option \"{name}\".", "See --help.");
            }
        }

        string? Setting(string flag, string variable) =>
            given.TryGetValue(flag, out var value) ? value : environment(variable) is { Length: > 0 } set ? set : null;

        bool Switch(string flag, string variable) => Setting(flag, variable) is { } text && text is not ("0" or "false");

        if (!Enum.TryParse<HostRole>(Setting("--role", "STUDIO_ROLE") ?? "all", ignoreCase: true, out var role) || !Enum.IsDefined(role))
        {
            return Refusals.Invalid("--role", "The role is not known.", "Use all, web or worker.");
        }

        if (!int.TryParse(Setting("--trainings", "STUDIO_TRAININGS") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var trainings) || trainings is < 1 or > 64)
        {
            return Refusals.Invalid("--trainings", "The number of trainings is not a number from 1 to 64.", "Use 1 on a CPU, or the number of GPUs.");
        }

        var urls = (Setting("--urls", "STUDIO_URLS") ?? environment("ASPNETCORE_URLS") ?? DefaultUrl)
            .Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (urls.Length == 0 || urls.FirstOrDefault(u => !TryHost(u, out _)) is not null)
        {
            return Refusals.Invalid("--urls", $"\"{string.Join(';', urls)}\" is not an address.", $"Write it as {DefaultUrl}.");
        }

        var options = new StudioOptions
        {
            DataFolder = Path.GetFullPath(Setting("--data", "STUDIO_DATA") ?? DefaultDataFolder()),
            Urls = urls,
            LocalTrial = Switch("--local-trial", "STUDIO_LOCAL_TRIAL"),
            Role = role,
            Trainer = Setting("--trainer", "STUDIO_TRAINER"),
            Trainings = trainings,
            JsonLogs = Switch("--json-logs", "STUDIO_JSON_LOGS"),
            SampleFolders = environment("STUDIO_SAMPLES") is { Length: > 0 } samples ? [Path.GetFullPath(samples)] : FindSamples(),
        };

        return options.LocalTrial && !options.LoopbackOnly
            ? Refusals.Invalid("--local-trial", $"--local-trial has no sign-in and therefore listens on loopback only, not on {string.Join(", ", urls.Where(u => !IsLoopback(u)))}.", "Leave --local-trial out, or use an address on 127.0.0.1.")
            : options;
    }

    private static string DefaultDataFolder() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "studio");

    private static bool IsLoopback(string url) =>
        TryHost(url, out var host)
        && (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));

    private static bool TryHost(string url, out string host)
    {
        host = "";
        try
        {
            var address = BindingAddress.Parse(url);
            host = address.Host;
            return address.Scheme is "http" or "https" && host.Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The samples folder of the checkout or of the published product, seen from the program upwards.</summary>
    private static List<string> FindSamples()
    {
        List<string> found = [];
        foreach (var start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var samples = Path.Combine(folder.FullName, "samples");
                if (Directory.Exists(Path.Combine(samples, "models")) && !found.Contains(samples))
                {
                    found.Add(samples);
                }
            }
        }

        return found;
    }
}
