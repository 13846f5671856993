using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Studio.Web.Jobs;

/// <summary>Where the trainer program is and how a verb of it is started. Arguments go as a list: no shell ever sees them.</summary>
public sealed class TrainerProgram(StudioOptions options)
{
    private readonly string? path = Locate(options.Trainer);

    /// <summary>Full path of the program, null when it was not found.</summary>
    public string? Path => path;

    /// <exception cref="FileNotFoundException">The trainer is not where it should be; the message says where that is.</exception>
    public ProcessStartInfo Command(params IEnumerable<string> arguments)
    {
        if (path is null || !File.Exists(path))
        {
            throw new FileNotFoundException(options.Trainer is { } named
                ? $"The trainer \"{named}\" does not exist. Correct STUDIO_TRAINER or --trainer."
                : "The trainer Studio.Training.dll was not found beside the host. Build the solution, or name it with STUDIO_TRAINER.");
        }

        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, CreateNoWindow = true };
        if (System.IO.Path.GetExtension(path) is ".dll")
        {
            start.FileName = DotnetHost();
            start.ArgumentList.Add(path);
        }
        else
        {
            start.FileName = path;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // The trainer watches this process and stops, after saving, when the host is gone.
        start.Environment["STUDIO_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        start.Environment["DOTNET_NOLOGO"] = "1";

        // Threads that spin at a barrier steal the cores from the host and from each other; on a shared machine that costs far more than waking them does.
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        foreach (var secret in new[] { "ASPNETCORE_URLS", "STUDIO_URLS" })
        {
            start.Environment.Remove(secret);
        }

        return start;
    }

    private static string? Locate(string? named)
    {
        if (named is not null)
        {
            return System.IO.Path.GetFullPath(named);
        }

        // Published: beside the host or in trainer/. Built: the sibling project's folder of the same configuration and framework.
        var here = AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar);
        List<string> places = [System.IO.Path.Combine(here, "trainer"), here];
        var framework = System.IO.Path.GetFileName(here);
        var configuration = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(here) ?? "");
        for (var folder = new DirectoryInfo(here); folder is not null; folder = folder.Parent)
        {
            places.Add(System.IO.Path.Combine(folder.FullName, "Studio.Training", "bin", configuration, framework));
        }

        return places.Select(p => System.IO.Path.Combine(p, "Studio.Training.dll")).FirstOrDefault(HasRuntimeConfiguration);
    }

    // A bare .dll beside the host would be a reference, not a program.
    private static bool HasRuntimeConfiguration(string dll) => File.Exists(dll) && File.Exists(System.IO.Path.ChangeExtension(dll, ".runtimeconfig.json"));

    private static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var root = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var beside = System.IO.Path.Combine(root, name);
        return File.Exists(beside) ? beside : name;
    }
}
