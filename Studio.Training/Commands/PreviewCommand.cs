using System.CommandLine;
using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Methods;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Commands;

/// <summary><c>preview MODEL --input rows.jsonl</c>: rows as training would see them, one <see cref="RowPreview"/> a line.</summary>
public static class PreviewCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "Model folder or GGUF file; its weights are not loaded." };
        var input = new Option<FileInfo>("--input") { Description = "Normalised examples, one JSON object a line.", Required = true };
        var maxLength = new Option<int>("--max-length") { Description = "Tokens kept of each row.", DefaultValueFactory = _ => new DataOptions().MaxLength };
        var whole = new Option<bool>("--train-all") { Description = "Train every token, not the answers alone." };
        var lengths = new Option<bool>("--lengths") { Description = "Only how many tokens each row has, without the tokens." };
        var command = new Command("preview", "Show rows as training would see them: rendered, tokenised, trained tokens marked.") { model, input, maxLength, whole, lengths };
        command.SetAction(parsed =>
        {
            var options = new DataOptions { MaxLength = parsed.GetValue(maxLength), AssistantOnlyLoss = !parsed.GetValue(whole) };
            var text = ModelText.Load(parsed.GetValue(model)!);
            var reader = new ExampleReader(text, options);
            using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { NewLine = "\n" };
            var index = 0;
            foreach (var line in File.ReadLines(parsed.GetValue(input)!.FullName).Where(l => l.Length > 0))
            {
                var preview = Preview(reader, text, line, options.MaxLength) with { Index = index++ };
                output.WriteLine(StudioJson.Serialize(parsed.GetValue(lengths) ? preview with { Tokens = [] } : preview));
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>One row; a row that cannot be shown says why, so that the lines stay in step.</summary>
    internal static RowPreview Preview(ExampleReader reader, ModelText model, string line, int maxLength)
    {
        try
        {
            var all = reader.Tokenize(AsOneText(StudioJson.Deserialize<Example>(line)));
            var kept = Math.Min(all.Ids.Length, maxLength);
            var decoder = model.Tokenizer.CreateStreamDecoder(skipSpecialTokens: false);
            var tokens = new PreviewToken[kept];
            for (var i = 0; i < kept; i++)
            {
                // The first token is read, never predicted.
                tokens[i] = new PreviewToken(all.Ids[i], decoder.Add(all.Ids[i]) ?? "", i > 0 && all.Labels[i] != Collation.Ignored, model.Tokenizer.IsSpecial(all.Ids[i]));
            }

            return new RowPreview { Tokens = tokens, Trained = tokens.Count(t => t.Trained), Length = all.Ids.Length, Cut = all.Ids.Length - kept };
        }
        catch (TemplateException refused)
        {
            return new RowPreview { Problem = refused.Kind == "SpansNotFound" ? refused.Message : $"The chat template refuses this conversation: {refused.Message}" };
        }
        catch (Exception fault) when (fault is InvalidDataException or JsonException or NotSupportedException or TokenizationException)
        {
            return new RowPreview { Problem = fault.Message };
        }
    }

    /// <summary>Of pairs the better answer is shown, of rated answers the one there is.</summary>
    private static Example AsOneText(Example example) => example switch
    {
        PreferenceExample pair => new ChatExample { Messages = [.. pair.Prompt, .. pair.Chosen], Tools = pair.Tools },
        FeedbackExample rated => new ChatExample { Messages = [.. rated.Prompt, .. rated.Completion] },
        PromptExample prompt => new ChatExample { Messages = prompt.Prompt },
        _ => example,
    };
}
