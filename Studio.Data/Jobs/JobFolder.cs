using System.Text.Json;

namespace Studio.Data.Jobs;

/// <summary>Every path of a job folder, in one place.</summary>
public sealed class JobFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Spec => Path.Combine(Root, "spec.json");

    /// <summary>What an evaluation or a preparation found; written last, so a folder that has it is finished.</summary>
    public string Result => Path.Combine(Root, "result.json");

    public string Data => Path.Combine(Root, "data");

    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>Requests from the host, one of <see cref="ControlWords"/>. Absent: go on.</summary>
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
    /// <exception cref="JsonException">It is not such a spec.</exception>
    public TSpec ReadSpec<TSpec>() => StudioJson.Deserialize<TSpec>(File.ReadAllText(Spec));

    /// <summary>Makes the folder where it is missing; a reader never sees half a file.</summary>
    public void WriteSpec<TSpec>(TSpec spec) => Write(Spec, spec);

    /// <exception cref="FileNotFoundException">There is no result.json.</exception>
    /// <exception cref="JsonException">It is not such a result.</exception>
    public TResult ReadResult<TResult>() => StudioJson.Deserialize<TResult>(File.ReadAllText(Result));

    /// <summary>As <see cref="WriteSpec"/>.</summary>
    public void WriteResult<TResult>(TResult result) => Write(Result, result);

    private void Write<T>(string path, T content)
    {
        Directory.CreateDirectory(Root);
        var partial = path + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(content, StudioJson.Indented));
        File.Move(partial, path, overwrite: true);
    }
}
