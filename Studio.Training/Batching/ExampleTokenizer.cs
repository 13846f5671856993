using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;
using Studio.Training.Templates.Python;
using Studio.Training.Tokenizers;

namespace Studio.Training.Batching;

/// <summary>
/// Examples as tokens, with the semantics of TRL's trainers: conversations through the chat template without further special tokens, prompts with completions and plain text with
/// the tokenizer's own special tokens and an end of sequence behind. Safe to use from several threads.
/// </summary>
/// <param name="assistantOnly">Learn the assistant's turns and completions alone; false learns every token.</param>
public sealed class ExampleTokenizer(ModelText model, bool assistantOnly = true)
{
    // A clock in the template must not make two runs on the same data differ.
    private static readonly DateTime FixedDate = new(2024, 7, 26, 0, 0, 0, DateTimeKind.Unspecified);

    private readonly int? bos = model.Tokenizer.SpecialTokens.Bos is { } name ? model.Tokenizer.TokenToId(name) : null;
    private readonly int? eos = model.Tokenizer.SpecialTokens.Eos is { } name && model.Tokenizer.TokenToId(name) is { } id ? id : model.EosTokenIds.Count > 0 ? model.EosTokenIds[0] : null;

    /// <summary>An example as tokens and labels, uncut.</summary>
    /// <exception cref="TemplateException">The chat template refuses the conversation, or the assistant's turns cannot be found in what it writes.</exception>
    /// <exception cref="InvalidDataException">The example cannot be used with this model; the message says what to do.</exception>
    public LabelledTokens Tokenize(Example example) => example switch
    {
        ChatExample chat => Chat(chat),
        CompletionExample completion => Completion(completion),
        TextExample text => Whole(text.Text),
        _ => throw new InvalidDataException($"An example of the kind {example.GetType().Name} cannot be used by supervised fine-tuning."),
    };

    /// <summary>Ids of a conversation that the assistant is to go on with.</summary>
    public int[] Prompt(IReadOnlyList<Message> messages, JsonArray? tools) => Encode(Render(messages, tools, addGenerationPrompt: true)).Ids;

    /// <summary>Ids of a prompt and of the answer that follows it (preference and feedback methods), the end of the turn included.</summary>
    public (int[] Prompt, int[] Answer) Answer(IReadOnlyList<Message> prompt, IReadOnlyList<Message> answer, JsonArray? tools)
    {
        var before = Render(prompt, tools, addGenerationPrompt: true);
        var whole = Render([.. prompt, .. answer], tools, addGenerationPrompt: false);

        // A prompt that opens a thought which this answer does not have is cut back to what both share.
        var shared = before.AsSpan().CommonPrefixLength(whole);
        var encoding = Opened(Encode(whole), whole, answer);
        var start = CodePoints.Count(whole.AsSpan(0, shared));
        var first = Array.FindIndex(encoding.Offsets, offset => offset.End > start);
        return first < 0 ? (encoding.Ids, []) : (encoding.Ids[..first], encoding.Ids[first..]);
    }

    private LabelledTokens Chat(ChatExample chat)
    {
        var options = new RenderOptions { Tools = chat.Tools, Now = FixedDate };
        var marked = WithTemplate(chat.Messages, (template, messages) => AssistantSpans.Find(template, messages, options));
        var encoding = Opened(Encode(marked.Text), marked.Text, chat.Messages);
        if (!assistantOnly)
        {
            return new LabelledTokens(encoding.Ids, encoding.Ids);
        }

        if (marked.Refusal is { } refusal)
        {
            throw new TemplateException(refusal) { Kind = "SpansNotFound" };
        }

        var learned = new bool[encoding.Length];
        float[]? weights = null;
        foreach (var span in marked.Spans)
        {
            var weight = span.Message >= 0 ? chat.Messages[span.Message].Weight ?? 1 : WeightWithoutTurn(chat.Messages);
            if (weight == 0)
            {
                continue;
            }

            var mask = WithEndOfTurn(encoding.Ids, LabelMask.OfSpans(encoding, [(span.Start, span.End)]));
            for (var i = 0; i < mask.Length; i++)
            {
                if (mask[i] && weight != 1)
                {
                    weights ??= NewWeights(mask.Length);
                    weights[i] = (float)weight;
                }

                learned[i] |= mask[i];
            }
        }

        return LabelMask.Apply(encoding.Ids, learned) with { Weights = weights };
    }

    /// <summary>An unfinished last turn ends with its text: what the template writes behind it is cut off.</summary>
    private static Encoding Opened(Encoding encoding, string text, IReadOnlyList<Message> messages)
    {
        if (messages is not [.., { Unfinished: true, Content: { Length: > 0 } content }])
        {
            return encoding;
        }

        var trimmed = content.TrimEnd();
        var at = text.LastIndexOf(trimmed, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new TemplateException("The chat template changes the text of the last turn, so that its end cannot be left open. Take the mark \"unfinished\" out, or leave the example out.") { Kind = "SpansNotFound" };
        }

        var end = CodePoints.Count(text.AsSpan(0, at + trimmed.Length));
        var length = Array.FindIndex(encoding.Offsets, offset => offset.End > end) is >= 0 and var first ? first : encoding.Length;
        return new Encoding(encoding.Ids[..length], encoding.Tokens[..length], encoding.Offsets[..length]);
    }

    private LabelledTokens Completion(CompletionExample example)
    {
        var encoding = WithoutSecondBos(model.Tokenizer.Encode(example.Prompt + example.Completion));
        var learned = assistantOnly ? LabelMask.After(encoding, CodePoints.Count(example.Prompt)) : [.. Enumerable.Repeat(true, encoding.Length)];
        return Ended(encoding.Ids) is var ids && ids.Length > encoding.Length
            ? LabelMask.Apply(ids, [.. learned, true])
            : LabelMask.Apply(ids, learned);
    }

    private LabelledTokens Whole(string text)
    {
        var ids = Ended(WithoutSecondBos(model.Tokenizer.Encode(text)).Ids);
        return new LabelledTokens(ids, ids);
    }

    private string Render(IReadOnlyList<Message> messages, JsonArray? tools, bool addGenerationPrompt)
    {
        var options = new RenderOptions { Tools = tools, Now = FixedDate, AddGenerationPrompt = addGenerationPrompt };
        return WithTemplate(messages, (template, values) => template.Render(values, options).Text);
    }

    private T WithTemplate<T>(IReadOnlyList<Message> messages, Func<ChatTemplate, ListValue, T> render)
    {
        if (model.Template is not { } template)
        {
            throw new InvalidDataException("The base model has no chat template, so conversations cannot be written for it. Choose an instruct model, or data with prompts and completions.");
        }

        try
        {
            return render(template, MessageValues.Of(messages));
        }
        catch (TemplateException e) when (!e.RaisedByTemplate && MessageValues.HasTextArguments(messages))
        {
            // A few templates add the arguments of a call to a text, and want them as text.
            return render(template, MessageValues.Of(messages, parseArguments: false));
        }
    }

    // The template writes its own beginning of sequence.
    private Encoding Encode(string text) => model.Tokenizer.Encode(text, addSpecialTokens: false);

    /// <summary>Text that begins with the beginning-of-sequence token gets no second one from the tokenizer.</summary>
    private Encoding WithoutSecondBos(Encoding encoding) => bos is { } id && encoding.Ids is [var first, var second, ..] && first == id && second == id
        ? new Encoding(encoding.Ids[1..], encoding.Tokens[1..], encoding.Offsets[1..])
        : encoding;

    private int[] Ended(int[] ids) => eos is not { } end || (ids.Length > 0 && ids[^1] == end) ? ids : [.. ids, end];

    /// <summary>A template may leave the token that ends a turn outside its mark; a model that never learns it never stops.</summary>
    private bool[] WithEndOfTurn(int[] ids, bool[] mask)
    {
        var last = Array.LastIndexOf(mask, true);
        if (last >= 0 && last + 1 < ids.Length && !IsEnd(ids[last]) && IsEnd(ids[last + 1]))
        {
            mask[last + 1] = true;
        }

        return mask;

        bool IsEnd(int id) => id == eos || model.EosTokenIds.Contains(id);
    }

    private static double WeightWithoutTurn(IReadOnlyList<Message> messages) =>
        messages.All(message => message.Role != "assistant" || message.Weight is null or 1)
            ? 1
            : throw new TemplateException("The chat template marks parts that cannot be matched with messages, so their weights cannot be used. Take the weights out, or leave the example out.") { Kind = "SpansNotFound" };

    private static float[] NewWeights(int length)
    {
        var weights = new float[length];
        Array.Fill(weights, 1f);
        return weights;
    }
}
