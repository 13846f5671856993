using System.Threading.Channels;

namespace Studio.Training.Generation;

/// <summary>A request on its way through the engine.</summary>
internal sealed class Sequence(GenerationRequest request, TextAssembler text, Sampler sampler, LoadedAdapter? adapter, CancellationToken cancellation)
{
    private readonly Channel<GenerationDelta> _deltas = Channel.CreateUnbounded<GenerationDelta>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    public GenerationRequest Request { get; } = request;

    public LoadedAdapter? Adapter { get; } = adapter;

    public Sampler Sampler { get; } = sampler;

    public CancellationToken Cancellation { get; } = cancellation;

    public ChannelReader<GenerationDelta> Deltas => _deltas.Reader;

    /// <summary>Prompt and generated tokens.</summary>
    public List<int> Ids { get; } = [.. request.PromptIds];

    public int PromptLength => Request.PromptIds.Count;

    public int Generated => Ids.Count - PromptLength;

    /// <summary>Row of the cache; -1 while waiting.</summary>
    public int Slot { get; set; } = -1;

    public bool Ended { get; private set; }

    /// <summary>Takes the next token; true when it was the last.</summary>
    /// <param name="describe">Makes the report of a token, when probabilities were asked for.</param>
    public bool Add(TokenChoice choice, Func<TokenChoice, GeneratedToken> describe)
    {
        var eos = Request.EosTokenIds.Contains(choice.Id);
        Ids.Add(choice.Id);
        var token = describe(choice);
        var certain = eos ? "" : text.Add(choice.Id);
        FinishReason? finish = eos || text.Stopped ? FinishReason.Stop : Generated >= Request.MaxNewTokens ? FinishReason.Length : null;
        if (finish is not null)
        {
            certain += text.Finish();
        }

        _deltas.Writer.TryWrite(new GenerationDelta(certain, token, finish));
        if (finish is not null)
        {
            End();
        }

        return Ended;
    }

    public void Cancel()
    {
        _deltas.Writer.TryWrite(new GenerationDelta("", null, FinishReason.Cancelled));
        End();
    }

    public void Fail(Exception fault)
    {
        Ended = true;
        _deltas.Writer.TryComplete(fault);
    }

    private void End()
    {
        Ended = true;
        _deltas.Writer.TryComplete();
    }
}
