using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Tests.Batching;

public sealed class ExampleTokenizerTests : IDisposable
{
    private const int Bos = 0, Eos = 1, Turn = 2, User = 3, Assistant = 4;
    private const string Template = "{% for m in messages %}<{{ m.role }}> {{ m.content }} <turn> {% endfor %}{% if add_generation_prompt %}<assistant> {% endif %}";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();
    private readonly Tokenizer tokenizer;

    public ExampleTokenizerTests()
    {
        string[] special = ["<bos>", "<eos>", "<turn>", "<user>", "<assistant>", "<unk>"];
        var vocabulary = new JsonObject();
        foreach (var (token, id) in special.Concat("abcdefghij".Select(letter => letter.ToString())).Select((token, id) => (token, id)))
        {
            vocabulary[token] = id;
        }

        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. special.Select((token, id) => new JsonObject { ["id"] = id, ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true })]),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "WhitespaceSplit" },
            ["truncation"] = new JsonObject { ["max_length"] = 4, ["strategy"] = "LongestFirst", ["stride"] = 0, ["direction"] = "Right" },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = "<bos>", ["type_id"] = 0 } }, new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }),
                ["pair"] = new JsonArray(new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }, new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "B", ["type_id"] = 1 } }),
                ["special_tokens"] = new JsonObject { ["<bos>"] = new JsonObject { ["id"] = "<bos>", ["ids"] = new JsonArray(0), ["tokens"] = new JsonArray("<bos>") } },
            },
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocabulary, ["unk_token"] = "<unk>" },
        };
        File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), json.ToJsonString());
        File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "tokenizer_class": "PreTrainedTokenizerFast"}""");
        tokenizer = Tokenizer.Load(folder.FullName).Uncut();
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Only_the_answers_and_what_ends_them_are_learned()
    {
        var row = Chat(Template, ("user", "a b", null), ("assistant", "c d", null), ("user", "e", null), ("assistant", "f", null));

        Assert.Equal([User, 6, 7, Turn, Assistant, 8, 9, Turn, User, 10, Turn, Assistant, 11, Turn], row.Ids);
        Assert.Equal([5, 6, 7, 12, 13], Learned(row));
        Assert.Null(row.Weights);
    }

    [Fact]
    public void Everything_is_learned_when_asked()
    {
        var row = Chat(Template, assistantOnly: false, ("user", "a", null), ("assistant", "b", null));

        Assert.Equal(row.Ids, row.Labels);
    }

    [Fact]
    public void A_turn_of_weight_0_is_left_out_and_other_weights_scale()
    {
        var row = Chat(Template, ("user", "a", null), ("assistant", "b", 0), ("user", "c", null), ("assistant", "d", 0.5));

        Assert.Equal([9 + 1, 11], Learned(row));
        Assert.Equal(0.5f, row.Weights![10]);
        Assert.Equal(0.5f, row.Weights[11]);
    }

    [Fact]
    public void The_end_of_the_turn_is_learned_although_the_mark_leaves_it_out()
    {
        var row = Chat("{% for m in messages %}{% if m.role == 'assistant' %}<assistant> {% generation %}{{ m.content }}{% endgeneration %} <eos> {% else %}<user> {{ m.content }} {% endif %}{% endfor %}", ("user", "a", null), ("assistant", "b", null));

        Assert.Equal([User, 6, Assistant, 7, Eos], row.Ids);
        Assert.Equal([3, 4], Learned(row));
    }

    [Fact]
    public void Conversations_get_no_special_tokens_but_those_of_the_template()
    {
        Assert.DoesNotContain(Bos, Chat(Template, ("user", "a", null), ("assistant", "b", null)).Ids);
        Assert.Equal(1, Chat("{{ bos_token }} " + Template, ("user", "a", null), ("assistant", "b", null)).Ids.Count(id => id == Bos));
    }

    [Fact]
    public void A_completion_is_learned_with_an_end_behind_it()
    {
        var row = Of(null).Tokenize(new CompletionExample { Prompt = "a b", Completion = " c d" });

        Assert.Equal([Bos, 6, 7, 8, 9, Eos], row.Ids);
        Assert.Equal([3, 4, 5], Learned(row));
    }

    [Fact]
    public void A_text_that_begins_and_ends_with_the_special_tokens_gets_no_second_ones()
    {
        Assert.Equal([Bos, 6, 7, Eos], Of(null).Tokenize(new TextExample { Text = "<bos> a b <eos>" }).Ids);
        Assert.Equal([Bos, 6, Eos], Of(null).Tokenize(new TextExample { Text = "a" }).Labels);
        Assert.Equal([Bos, 6, 7, Eos], Of(null).Tokenize(new CompletionExample { Prompt = "<bos> a", Completion = " b <eos>" }).Ids);
    }

    [Fact]
    public void An_answer_is_split_from_its_prompt_where_generation_would_begin()
    {
        var (prompt, answer) = Of(Template).Answer([Message("user", "a")], [Message("assistant", "b c")], null);

        Assert.Equal([User, 6, Turn, Assistant], prompt);
        Assert.Equal([7, 8, Turn], answer);
        Assert.Equal(prompt, Of(Template).Prompt([Message("user", "a")], null));
    }

    [Fact]
    public void Arguments_of_calls_are_objects_for_templates_that_take_them_and_text_for_those_that_add_them()
    {
        var call = new ToolCall { Function = new ToolFunction("f", JsonValue.Create("{\"x\": 1}")) };
        ChatExample example = new() { Messages = [Message("user", "a"), new Message { Role = "assistant", ToolCalls = [call] }] };

        var objects = Of("{% for m in messages %}<{{ m.role }}> {% for c in m.tool_calls %}{% generation %}{{ 'b' if c.function.arguments is mapping else 'c' }}{% endgeneration %}{% endfor %}{% endfor %}");
        Assert.Equal([User, Assistant, 6 + 1], objects.Tokenize(example).Ids);
        var text = Of("{% for m in messages %}<{{ m.role }}> {% for c in m.tool_calls %}{% generation %}{{ 'd' if 'x' + c.function.arguments else '' }}{% endgeneration %}{% endfor %}{% endfor %}");
        Assert.Equal([User, Assistant, 9], text.Tokenize(example).Ids);
    }

    [Fact]
    public void A_template_that_refuses_says_so()
    {
        var refused = Assert.Throws<TemplateException>(() => Chat("{{ raise_exception('no system turn') }}", ("user", "a", null)));
        Assert.Equal("no system turn", refused.Message);
        Assert.Throws<InvalidDataException>(() => Chat(null, ("user", "a", null)));
    }

    [Fact]
    public void Truncation_of_the_tokenizer_file_does_not_cut_examples() =>
        Assert.Equal(12, Of(null).Tokenize(new TextExample { Text = "a b c d e f g h i j" }).Ids.Length);

    private ExampleTokenizer Of(string? template, bool assistantOnly = true) =>
        new(new ModelText(tokenizer, template is null ? null : new ChatTemplate(template, new Dictionary<string, string> { ["bos_token"] = "<bos>" }, null), [Eos]), assistantOnly);

    private LabelledTokens Chat(string? template, params (string Role, string Content, double? Weight)[] messages) => Chat(template, true, messages);

    private LabelledTokens Chat(string? template, bool assistantOnly, params (string Role, string Content, double? Weight)[] messages) =>
        Of(template, assistantOnly).Tokenize(new ChatExample { Messages = [.. messages.Select(m => Message(m.Role, m.Content) with { Weight = m.Weight })] });

    private static Message Message(string role, string content) => new() { Role = role, Content = content };

    private static IEnumerable<int> Learned(LabelledTokens row) => Enumerable.Range(0, row.Ids.Length).Where(i => row.Labels[i] != Collation.Ignored);
}
