using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Training.Checkpoints;
using static TorchSharp.torch;

namespace Studio.Training.Evaluation;

/// <summary>Chooses among a few words after reading a prompt: how answers are compared and marked.</summary>
public abstract class Judge : IDisposable
{
    /// <summary>A choice per prompt, in order; null where none was made.</summary>
    public abstract Task<IReadOnlyList<string?>> ChooseAsync(IReadOnlyList<string> prompts, IReadOnlyList<string> choices, CancellationToken cancellation);

    /// <summary>The judge that a spec names; the base model when it names none.</summary>
    /// <exception cref="InvalidDataException">The endpoint has no model name, or its key is not in the environment.</exception>
    public static Judge Of(JudgeUse? use, PretrainedModel model, JobFolder folder, Device device, ScalarType type, TimeProvider time)
    {
        if (use?.BaseUrl is { } address)
        {
            if (string.IsNullOrWhiteSpace(use.Model))
            {
                throw new InvalidDataException("judge.model is missing: name the model that the endpoint shall judge with.");
            }

            var key = use.ApiKeyVariable is { } variable
                ? Environment.GetEnvironmentVariable(variable) is { Length: > 0 } found ? found : throw new InvalidDataException($"judge.api_key_variable: the environment variable {variable} is not set.")
                : null;
            return new EndpointJudge(new HttpClient { Timeout = TimeSpan.FromMinutes(2) }, address, use.Model, key, time);
        }

        return use?.ModelPath is { } path
            ? new LocalJudge(PretrainedModel.Load(folder.Resolve(path), new LoadOptions { Device = device, DType = type }), owned: true)
            : new LocalJudge(model, owned: false);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
