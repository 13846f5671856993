using System.Globalization;
using Studio.Data.Registry;
using Studio.Web.Components;

namespace Studio.Web.Pages.Adapters;

/// <summary>Whether another tool can use an adapter, and why.</summary>
/// <param name="Target">peft, vllm, llamacpp or ollama.</param>
/// <param name="Reason">Key of the sentence, below the target's name.</param>
/// <param name="Command">What to run there; null where there is nothing to run.</param>
public sealed record Compatible(string Target, Tone Tone, string Reason, IReadOnlyList<string> Values, string? Command);

/// <summary>What other tools ask of an adapter, checked against its configuration and its base model.</summary>
public static class Compatibility
{
    // vLLM compiles its kernels for these ranks; 16 is the default limit.
    private static readonly int[] VllmRanks = [8, 16, 32, 64, 128, 256, 320, 512];
    private const int VllmDefaultRank = 16;

    // Families whose safetensors adapters Ollama imports itself.
    private static readonly string[] OllamaFamilies = ["llama", "mistral", "gemma", "gemma2"];

    // Families for which llama.cpp's converter knows LoRA weights as PEFT writes them.
    private static readonly string[] LlamaCppFamilies = ["llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "mixtral", "gpt2", "bloom", "falcon", "stablelm", "olmo", "granite", "starcoder2", "qwen2_moe"];

    public static IReadOnlyList<Compatible> Of(Adapter adapter, BaseModel? model) => [Peft(adapter, model), Vllm(adapter, model), LlamaCpp(adapter, model), Ollama(adapter, model)];

    private static bool IsLora(Adapter adapter) => adapter.Kind == "lora";

    private static string Name(BaseModel? model) => model?.Name ?? "BASE";

    private static Compatible Peft(Adapter adapter, BaseModel? model)
    {
        if (!IsLora(adapter))
        {
            return new Compatible("peft", Tone.Neutral, "full", [], null);
        }

        var load = $"""
            from peft import PeftModel
            from transformers import AutoModelForCausalLM
            base = AutoModelForCausalLM.from_pretrained(
                "{Name(model)}")
            model = PeftModel.from_pretrained(base, "adapter")
            """;
        return model?.Facts?.Format == "gguf"
            ? new Compatible("peft", Tone.Good, "gguf", [Name(model)], load)
            : new Compatible("peft", Tone.Good, "loads", [], load);
    }

    private static Compatible Vllm(Adapter adapter, BaseModel? model)
    {
        if (!IsLora(adapter))
        {
            return new Compatible("vllm", Tone.Attention, "full", [], null);
        }

        if (adapter.Rank > VllmRanks[^1])
        {
            return new Compatible("vllm", Tone.Bad, "rank.most", [Text(adapter.Rank), Text(VllmRanks[^1])], null);
        }

        var limit = VllmRanks.First(r => r >= adapter.Rank);
        var serve = $"vllm serve {Name(model)} \\\n  --enable-lora{(limit > VllmDefaultRank ? $" --max-lora-rank {Text(limit)}" : null)} \\\n  --lora-modules {Word(adapter.Name)}=./adapter";
        return adapter.Rank > VllmDefaultRank ? new Compatible("vllm", Tone.Attention, "rank.flag", [Text(adapter.Rank), Text(limit)], serve)
            : model?.Facts?.Format == "gguf" ? new Compatible("vllm", Tone.Good, "gguf", [Text(adapter.Rank)], serve)
            : new Compatible("vllm", Tone.Good, "rank", [Text(adapter.Rank)], serve);
    }

    private static Compatible LlamaCpp(Adapter adapter, BaseModel? model)
    {
        if (!IsLora(adapter))
        {
            return new Compatible("llamacpp", Tone.Attention, "full", [], null);
        }

        var convert = $"""
            python convert_lora_to_gguf.py ./adapter \
              --base HF_FOLDER_OF_THE_BASE --outfile adapter.gguf
            llama-server -m {(model?.Facts?.Format == "gguf" ? Path.GetFileName(model.Path) : "base.gguf")} --lora adapter.gguf
            """;
        return model?.Facts?.ModelType is { } family && !LlamaCppFamilies.Contains(family)
            ? new Compatible("llamacpp", Tone.Attention, "family", [family], null)
            : new Compatible("llamacpp", Tone.Attention, "converts", [], convert);
    }

    private static Compatible Ollama(Adapter adapter, BaseModel? model)
    {
        if (!IsLora(adapter))
        {
            return new Compatible("ollama", Tone.Attention, "full", [], null);
        }

        return model?.Facts?.ModelType is { } family && OllamaFamilies.Contains(family)
            ? new Compatible("ollama", Tone.Good, "adapter", [family], $"""
                FROM {(model.Facts.Format == "gguf" ? "./" + Path.GetFileName(model.Path) : "./base")}
                ADAPTER ./adapter
                """)
            : new Compatible("ollama", Tone.Attention, "merged", [model?.Facts?.ModelType ?? "?"], "FROM ./merged");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Word(string name) => Registry.ModelNames.Word(name);
}
