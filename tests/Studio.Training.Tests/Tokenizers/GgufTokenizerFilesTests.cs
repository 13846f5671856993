using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Tokenizers;
using Studio.Training.Tokenizers.Gguf;

namespace Studio.Training.Tests.Tokenizers;

public sealed class GgufTokenizerFilesTests : IDisposable
{
    private static readonly string Bundled = RepositoryRoot.Under("samples", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
    private readonly string _folder = Directory.CreateTempSubdirectory("gguf-tokenizer").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void The_written_tokenizer_gives_the_ids_of_the_file()
    {
        Skip.IfNot(GoldenFolder.Has("tokenizers", "corpus.jsonl"), "The golden folder has no set tokenizers.");
        using (var file = GgufFile.Open(Bundled))
        {
            Assert.Null(GgufTokenizerFiles.Write(_folder, file.Metadata, "model.gguf", 8192));
        }

        var original = Tokenizer.Load(Bundled);
        var written = Tokenizer.Load(_folder);
        Assert.Equal(original.SpecialTokens.Eos, written.SpecialTokens.Eos);
        var texts = File.ReadLines(GoldenFolder.Under("tokenizers", "corpus.jsonl")).Select(l => (string)JsonNode.Parse(l)!["text"]!).Append("<|im_start|>user\nHi<|im_end|>\n").ToList();
        Assert.NotEmpty(texts);
        foreach (var text in texts)
        {
            Assert.Equal(original.Encode(text, addSpecialTokens: false).Ids, written.Encode(text, addSpecialTokens: false).Ids);
        }
    }
}
