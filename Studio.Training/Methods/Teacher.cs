using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Whom a student imitates: an adapter on the base that is trained on, or another model with the same vocabulary.</summary>
internal sealed class Teacher : IDisposable
{
    private readonly LoraAdapter? adapter;
    private readonly bool owned;

    private Teacher(PretrainedModel model, LoraAdapter? adapter, bool owned) => (Model, this.adapter, this.owned) = (model, adapter, owned);

    public PretrainedModel Model { get; }

    /// <param name="path">A PEFT folder, a model folder or a GGUF file.</param>
    /// <exception cref="ArgumentException">There is no teacher there, or it speaks another vocabulary.</exception>
    public static Teacher Load(MethodContext context, string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new ArgumentException($"There is no teacher at \"{path}\"; name an adapter of the same base model, or a base model with the same vocabulary.");
        }

        if (File.Exists(Path.Combine(path, AdapterFolder.ConfigFile)))
        {
            if (context.Adapter is not null)
            {
                return new Teacher(context.Base, Writer(AdapterFolder.Read(context.Base.Model, path)), owned: false);
            }

            // All weights of the base are trained, so the teacher needs a base of its own.
            var copy = PretrainedModel.Load(context.Spec.BaseModel.Path, new LoadOptions { Device = context.Device, DType = context.Base.Model.Place.Type });
            try
            {
                return new Teacher(copy, Writer(AdapterFolder.Load(copy.Model, path)), owned: true);
            }
            catch
            {
                copy.Dispose();
                throw;
            }
        }

        var model = PretrainedModel.Load(path, new LoadOptions { Device = context.Device, DType = context.Base.Model.Place.Type });
        if (Different(context.Base, model) is { } reason)
        {
            model.Dispose();
            throw new ArgumentException($"The teacher does not have the vocabulary of the base model: {reason}. Choose a teacher of the same family of models.");
        }

        return new Teacher(model, null, owned: true);
    }

    /// <summary>Runs a measurement on the teacher, without gradients; the student's adapter is back afterwards.</summary>
    public T Use<T>(Func<PretrainedModel, T> measure)
    {
        using var quiet = no_grad();
        using var alone = LoraAdapter.Alone(Model.Model, adapter);
        return measure(Model);
    }

    /// <summary>The teacher in the place of the student: for answers that it writes.</summary>
    public MethodContext In(MethodContext context) => context with { Base = Model, Adapter = adapter };

    public void Dispose()
    {
        adapter?.Dispose();
        if (owned)
        {
            Model.Dispose();
        }
    }

    private static LoraAdapter Writer(LoraAdapter adapter)
    {
        if (adapter.Saved.Count == 0)
        {
            return adapter;
        }

        adapter.Dispose();
        throw new ArgumentException("The teacher is a reward model: it scores answers and does not write them.");
    }

    private static string? Different(PretrainedModel student, PretrainedModel teacher)
    {
        var (own, theirs) = (student.Tokenizer, teacher.Tokenizer);
        if (own.VocabularySize != theirs.VocabularySize)
        {
            return $"it has {theirs.VocabularySize} tokens, the base model {own.VocabularySize}";
        }

        for (var id = 0; id < own.IdLimit; id++)
        {
            if (own.IdToToken(id) != theirs.IdToToken(id))
            {
                return $"token {id} is \"{theirs.IdToToken(id)}\" there and \"{own.IdToToken(id)}\" here";
            }
        }

        return null;
    }
}
