using Studio.Training.Rewards;
using TorchSharp.Modules;

namespace Studio.Training.Methods;

/// <summary>A method whose result scores answers instead of writing them: an adapter and a score head, saved together as PEFT's modules_to_save.</summary>
public abstract class ScoringMethod : TrainingMethod
{
    /// <param name="outputs">Scores per token.</param>
    protected ScoringMethod(MethodContext context, int outputs, bool bias)
        : base(context)
    {
        var saved = context.Adapter?.Saved;
        Head = (saved is null ? null : ScoreHead.From(context.Base.Model, name => saved.GetValueOrDefault(name)))
            ?? ScoreHead.Fresh(context.Base.Model, outputs, bias, context.Seed);
        if (Head.Outputs != outputs)
        {
            throw new ArgumentException($"The adapter to start from has a head with {Head.Outputs} outputs; this method needs {outputs}.");
        }
    }

    public override string ResultKind => "reward";

    public override IEnumerable<(string Name, Parameter Parameter)> ExtraParameters => Head.Parameters();

    protected ScoreHead Head { get; }

    public override void Dispose()
    {
        Head.Dispose();
        base.Dispose();
    }
}
