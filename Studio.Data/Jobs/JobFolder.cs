namespace Studio.Data.Jobs;

/// <summary>Every path of a job folder, in one place.</summary>
public sealed class JobFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Spec => Path.Combine(Root, "spec.json");

    public string Data => Path.Combine(Root, "data");

    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>Requests from the host, one word: pause, stop, cancel. Absent: go on.</summary>
    public string Control => Path.Combine(Root, "control");

    public string Checkpoints => Path.Combine(Root, "checkpoints");

    public string Checkpoint(int step) => Path.Combine(Checkpoints, FormattableString.Invariant($"step-{step}"));

    /// <summary>The finished PEFT folder.</summary>
    public string Adapter => Path.Combine(Root, "adapter");

    /// <summary>Standard error of the trainer process.</summary>
    public string Log => Path.Combine(Root, "trainer.log");

    /// <summary>Makes a path of the spec absolute.</summary>
    public string Resolve(string path) => Path.IsPathRooted(path) ? path : Path.GetFullPath(Path.Combine(Root, path));

    /// <exception cref="FileNotFoundException">There is no spec.json.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is not a job spec.</exception>
    public JobSpec ReadSpec() => StudioJson.Deserialize<JobSpec>(File.ReadAllText(Spec));

    public void WriteSpec(JobSpec spec)
    {
        Directory.CreateDirectory(Root);
        var partial = Spec + ".partial";
        File.WriteAllText(partial, System.Text.Json.JsonSerializer.Serialize(spec, StudioJson.Indented));
        File.Move(partial, Spec, overwrite: true);
    }
}
