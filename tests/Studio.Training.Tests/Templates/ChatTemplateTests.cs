using System.Text.Json.Nodes;
using Studio.Training.Templates;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Tests.Templates;

public class ChatTemplateTests
{
    [Theory]
    [InlineData("a\nb\n{% if x %}\nc", 4)]
    [InlineData("a\n{{ 1 + }}", 2)]
    [InlineData("a\n\n{{ 'x' | nofilter }}", 3)]
    [InlineData("{# c\n #}{% unknown %}", 2)]
    public void Syntax_errors_name_their_line(string source, int line)
    {
        var error = Assert.Throws<TemplateException>(() => new ChatTemplate(source));

        Assert.Equal(line, error.Line);
        Assert.Contains($"line {line}", error.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_while_rendering_name_the_line_of_the_statement()
    {
        var error = Assert.Throws<TemplateException>(() => Render("a\nb\n{{ none + 1 }}"));

        Assert.Equal(3, error.Line);
        Assert.False(error.RaisedByTemplate);
    }

    [Fact]
    public void What_the_template_raises_keeps_its_words()
    {
        var error = Assert.Throws<TemplateException>(() => Render("{{ raise_exception('Roles must alternate: ' ~ 3) }}"));

        Assert.True(error.RaisedByTemplate);
        Assert.Equal("Roles must alternate: 3", error.Explanation);
    }

    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{{ 'x' * 1000000000 }}")]
    [InlineData("{{ [0] * 1000000000 }}")]
    [InlineData("{{ 2 ** 1000000000 }}")]
    [InlineData("{{ 'a' | center(1000000000) }}")]
    [InlineData("{{ '%1000000000d' % 5 }}")]
    [InlineData("{{ '{:1000000000}'.format(5) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}0123456789012345678901234567890123456789{% endfor %}")]
    [InlineData("{{ ('a' * 1000).replace('', 'b' * 100000) }}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    public void A_template_that_wants_too_much_is_stopped(string source) => Assert.Throws<TemplateException>(() => Render(source));

    [Fact]
    public void Deep_nesting_in_the_source_is_refused()
    {
        Assert.Throws<TemplateException>(() => new ChatTemplate("{{ " + new string('(', 60000) + "1" + new string(')', 60000) + " }}"));
        Assert.Throws<TemplateException>(() => new ChatTemplate("{{ " + new string('-', 100000) + "1 }}"));
        Assert.Throws<TemplateException>(() => new ChatTemplate(string.Concat(Enumerable.Repeat("{% if 1 %}", 20000))));
    }

    [Fact]
    public void A_source_over_the_limit_is_refused() => Assert.Throws<TemplateException>(() => new ChatTemplate(new string('x', RenderLimits.Default.SourceLength + 1)));

    [Fact]
    public void Numbers_keep_their_kind_and_keys_their_order()
    {
        var messages = JsonNode.Parse("""[{"z": 1.0, "a": 12345678901234567890123, "m": 1e3, "n": -0, "b": [1, 2.50]}]""")!.AsArray();

        Assert.Equal("{\"z\": 1.0, \"a\": 12345678901234567890123, \"m\": 1000.0, \"n\": 0, \"b\": [1, 2.5]}", new ChatTemplate("{{ messages[0] | tojson }}").Render(messages).Text);
    }

    [Fact]
    public void Values_made_in_code_render_like_parsed_ones()
    {
        var messages = new JsonArray(new JsonObject { ["i"] = 5, ["l"] = 5L, ["d"] = 2.0, ["s"] = "x", ["b"] = true, ["n"] = null });

        Assert.Equal("{'i': 5, 'l': 5, 'd': 2.0, 's': 'x', 'b': True, 'n': None}", new ChatTemplate("{{ messages[0] }}").Render(messages).Text);
    }

    [Fact]
    public void Many_threads_may_render_with_one_template()
    {
        var template = new ChatTemplate("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + m.v %}{{ loop.index }}:{{ ns.n }} {% endfor %}");
        var expected = Enumerable.Range(1, 200).Select(n => template.Render(Numbers(n)).Text).ToArray();

        Parallel.For(0, 2000, i => Assert.Equal(expected[i % 200], template.Render(Numbers((i % 200) + 1)).Text));

        static JsonArray Numbers(int n) => [.. Enumerable.Range(1, n % 17 + 1).Select(v => new JsonObject { ["v"] = v })];
    }

    [Fact]
    public void A_model_folder_gives_its_template_and_special_tokens()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "chat_template": [{"name": "default", "template": "{{ bos_token }}plain{{ eos_token }}"}, {"name": "tool_use", "template": "{{ bos_token }}{{ tools | length }} tools"}]}""");
            var template = ChatTemplate.ForModelFolder(folder.FullName)!;
            Assert.Equal("<s>plain</s>", template.Render([]).Text);
            Assert.Equal("<s>1 tools", template.Render([], new RenderOptions { Tools = [new JsonObject()] }).Text);

            File.WriteAllText(Path.Combine(folder.FullName, "chat_template.jinja"), "from the file");
            Assert.Equal("from the file", ChatTemplate.ForModelFolder(folder.FullName)!.Render([]).Text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_folder_without_a_template_gives_none()
    {
        var folder = Directory.CreateTempSubdirectory();
        Assert.Null(ChatTemplate.ForModelFolder(folder.FullName));
        folder.Delete();
    }

    [Fact]
    public void The_metadata_of_a_gguf_file_gives_template_and_tokens()
    {
        var metadata = new Dictionary<string, object>
        {
            ["tokenizer.chat_template"] = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}",
            ["tokenizer.ggml.tokens"] = new[] { "<unk>", "<s>", "</s>" },
            ["tokenizer.ggml.bos_token_id"] = 1u,
            ["tokenizer.ggml.eos_token_id"] = 2u,
        };

        Assert.Equal("<s>hi</s>", ChatTemplate.FromGguf(metadata)!.Render([new JsonObject { ["content"] = "hi" }]).Text);
    }

    private static string Render(string source) => new ChatTemplate(source).Render([]).Text;
}
