using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Exporters;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Exporters;

public class ModelFolderTests
{
    /// <summary>Other servers find the code of a model by <c>architectures</c>; and what is written must be the model that was read.</summary>
    [Fact]
    public void A_gguf_model_becomes_a_folder_that_names_its_class_and_gives_the_same_logits()
    {
        var file = RepositoryRoot.Under("samples", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        var folder = Directory.CreateTempSubdirectory("studio-folder-").FullName;
        try
        {
            using var scope = NewDisposeScope();
            using var ids = no_grad();
            Tensor expected;
            using (var source = PretrainedModel.Load(file, new LoadOptions { DType = ScalarType.BFloat16 }))
            {
                expected = Logits(source);
                ModelFolder.Write(folder, source, card: null);
            }

            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
            Assert.Equal("LlamaForCausalLM", (string?)config["architectures"]![0]);
            Assert.Equal("llama", (string?)config["model_type"]);
            using var written = PretrainedModel.Load(folder, new LoadOptions { DType = ScalarType.BFloat16 });
            Assert.True(expected.equal(Logits(written)).all().item<bool>());
            Assert.NotNull(written.Template);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Tensor Logits(PretrainedModel model)
    {
        var ids = model.Tokenizer.Encode("A boat shop on Lake Merrow").Ids.Select(id => (long)id).ToArray();
        return model.Model.Forward(new ForwardInput(tensor(ids).unsqueeze(0)));
    }
}
