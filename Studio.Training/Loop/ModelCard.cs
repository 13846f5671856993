using System.Globalization;
using System.Text;
using Studio.Data.Jobs;

namespace Studio.Training.Loop;

/// <summary>README.md of a result, with the header that model hubs read.</summary>
public static class ModelCard
{
    public static string Write(JobSpec spec, string kind, LoopState state, IReadOnlyDictionary<string, double> metrics)
    {
        var recipe = spec.Recipe;
        var text = new StringBuilder();
        text.Append("---\n");
        text.Append(CultureInfo.InvariantCulture, $"base_model: {Quote(spec.BaseModel.Name)}\n");
        text.Append(CultureInfo.InvariantCulture, $"library_name: {(kind == "full" ? "transformers" : "peft")}\n");
        text.Append("pipeline_tag: text-generation\ntags:\n");
        text.Append(CultureInfo.InvariantCulture, $"- {recipe.Method}\n");
        if (kind != "full")
        {
            text.Append("- lora\n");
        }

        text.Append("---\n\n");
        text.Append(CultureInfo.InvariantCulture, $"# {spec.Name}\n\n");
        text.Append(kind == "full"
            ? $"All weights of {spec.BaseModel.Name}, fine-tuned.\n"
            : $"A LoRA adapter for {spec.BaseModel.Name}.\n");
        text.Append("\n## Training\n\n| | |\n|---|---|\n");
        Row(text, "method", recipe.Method);
        if (kind != "full")
        {
            Row(text, "rank / alpha", string.Create(CultureInfo.InvariantCulture, $"{recipe.Lora.R} / {recipe.Lora.LoraAlpha}{(recipe.Lora.UseRslora ? " (rsLoRA)" : "")}"));
            Row(text, "target modules", recipe.Lora.TargetModules.Count == 0 ? "default of the model" : string.Join(", ", recipe.Lora.TargetModules));
        }

        Row(text, "steps", state.Step.ToString(CultureInfo.InvariantCulture));
        Row(text, "tokens seen / trained on", string.Create(CultureInfo.InvariantCulture, $"{state.Tokens} / {state.TrainedTokens}"));
        Row(text, "learning rate", string.Create(CultureInfo.InvariantCulture, $"{recipe.Optimization.LearningRate} ({recipe.Optimization.LrSchedulerType})"));
        Row(text, "optimizer", recipe.Optimization.Optim);
        Row(text, "seed", recipe.Optimization.Seed.ToString(CultureInfo.InvariantCulture));
        Row(text, "base model SHA-256", spec.BaseModel.Sha256 ?? "not recorded");
        if (spec.Data.Count > 0)
        {
            text.Append("\n## Data\n\n| dataset | version | rows | licence | content SHA-256 |\n|---|---|---|---|---|\n");
            foreach (var d in spec.Data)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(d.Name)} | {d.Number} | {d.Rows} | {Cell(d.Licence ?? "not stated")} | {d.ContentSha256} |\n");
            }
        }

        if (metrics.Count > 0)
        {
            text.Append("\n## Measured\n\n| | |\n|---|---|\n");
            foreach (var (name, value) in metrics.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                Row(text, name, value.ToString("G5", CultureInfo.InvariantCulture));
            }
        }

        if (kind != "full")
        {
            var (loader, labels) = recipe.Method switch
            {
                "reward" => ("AutoPeftModelForSequenceClassification", ", num_labels=1"),
                "prm" => ("AutoPeftModelForTokenClassification", ", num_labels=2"),
                _ => ("AutoPeftModelForCausalLM", ""),
            };
            text.Append(CultureInfo.InvariantCulture, $"\n## Use\n\n```python\nfrom peft import {loader}\nmodel = {loader}.from_pretrained(\"path/to/this/folder\"{labels})\n```\n");
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"| {name} | {Cell(value)} |\n");

    private static string Cell(string value) => value.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static string Quote(string value) => "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ") + "\"";
}
