using System.Text.Json.Nodes;
using Studio.Training.Templates;

namespace Studio.Training.Tests.Templates;

public class AssistantSpansTests
{
    private const string ChatMl =
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    // Earlier turns lose their thoughts, as in the templates of reasoning models.
    private const string DropsThoughts =
        "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|><think>{% endif %}";

    [Fact]
    public void Every_turn_is_found_with_the_token_that_ends_it()
    {
        var marked = Find(ChatMl, ("user", "Hi 😀"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "Good\nbye"));

        Assert.Null(marked.Refusal);
        Assert.False(marked.SpansFromTemplate);
        Assert.Equal([1, 3], marked.Spans.Select(span => span.Message));
        Assert.Equal(["Hello<|im_end|>\n", "Good\nbye<|im_end|>\n"], Texts(marked));
    }

    [Fact]
    public void Generation_blocks_decide_when_the_template_has_them()
    {
        var marked = Find("{% for m in messages %}{% if m.role == 'assistant' %}A: {% generation %}{{ m.content }}</s>{% endgeneration %}{% else %}U: {{ m.content }}{% endif %}{% endfor %}", ("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b"));

        Assert.True(marked.SpansFromTemplate);
        Assert.Equal(["a</s>", "b</s>"], Texts(marked));
        Assert.Equal([1, 3], marked.Spans.Select(span => span.Message));
    }

    [Fact]
    public void A_thought_that_an_earlier_turn_loses_does_not_move_its_end()
    {
        var marked = Find(DropsThoughts, ("user", "q"), ("assistant", "<think>hm</think>one"), ("user", "r"), ("assistant", "<think>so</think>two"));

        Assert.Null(marked.Refusal);
        Assert.Equal(["one<|end|>", "so</think>two<|end|>"], Texts(marked));
    }

    [Fact]
    public void A_template_without_a_generation_prompt_is_trained_from_the_content_on()
    {
        var marked = Find("{% for m in messages %}### {{ m.role }}: {{ m.content }}</s>{% endfor %}", ("user", "q"), ("assistant", "answer"));

        Assert.Equal(["answer</s>"], Texts(marked));
    }

    [Fact]
    public void A_template_that_refuses_partial_conversations_is_refused_with_a_reason()
    {
        var marked = Find("{% if messages | length < 4 %}{{ raise_exception('too short') }}{% endif %}{% for m in messages %}{{ m.role }}{{ m.content }}{% endfor %}", ("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b"));

        Assert.NotNull(marked.Refusal);
        Assert.Contains("message 2", marked.Refusal, StringComparison.Ordinal);
        Assert.Empty(marked.Spans);
    }

    private static MarkedChat Find(string template, params (string Role, string Content)[] messages) => AssistantSpans.Find(
        new ChatTemplate(template),
        new JsonArray([.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]));

    private static IEnumerable<string> Texts(MarkedChat marked)
    {
        var runes = marked.Text.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        return marked.Spans.Select(span => string.Concat(runes[span.Start..span.End]));
    }
}
