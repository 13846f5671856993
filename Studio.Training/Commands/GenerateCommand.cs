using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Templates;

namespace Studio.Training.Commands;

/// <summary><c>generate MODEL</c>: answers prompts from the command line, with or without an adapter.</summary>
public static class GenerateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder or GGUF file." };
        var adapter = new Option<string?>("--adapter") { Description = "PEFT folder to answer with." };
        var prompt = new Option<string?>("--prompt") { Description = "Text to continue as it stands." };
        var chat = new Option<string?>("--chat") { Description = "Question to answer, put into the model's chat template." };
        var system = new Option<string?>("--system") { Description = "System prompt for --chat." };
        var input = new Option<FileInfo?>("--input") { Description = "JSON lines with {\"prompt\"} or {\"messages\"}; default is standard input when neither --prompt nor --chat is given." };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Tokens generated at most.", DefaultValueFactory = _ => 128 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the most likely token.", DefaultValueFactory = _ => 0 };
        var topP = new Option<double>("--top-p") { Description = "Nucleus sampling.", DefaultValueFactory = _ => 1 };
        var topK = new Option<int>("--top-k") { Description = "Keep the k most likely; 0 is off.", DefaultValueFactory = _ => 0 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the first prompt; the n-th takes seed + n.", DefaultValueFactory = _ => 0 };
        var stop = new Option<string[]>("--stop") { Description = "String that ends the text; may be given several times.", DefaultValueFactory = _ => [] };
        var device = new Option<string>("--device") { Description = "auto, cpu, cuda or mps.", DefaultValueFactory = _ => "auto" };
        var baseType = new Option<string>("--base-type") { Description = "fp32 (close calls between two tokens fall as in the reference), bf16 (half the memory) or auto (what training takes on this machine).", DefaultValueFactory = _ => "fp32" };
        var command = new Command("generate", "Answers prompts: one JSON line {\"text\",\"prompt_tokens\",\"completion_tokens\",\"finish_reason\"} per prompt.")
        {
            model, adapter, prompt, chat, system, input, maxTokens, temperature, topP, topK, seed, stop, device, baseType,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            using var loaded = LoadModel.From(parse.GetValue(model)!, parse.GetValue(device)!, parse.GetValue(baseType)!);
            using var engine = new Engine(loaded, "base");
            if (parse.GetValue(adapter) is { } folder)
            {
                await engine.LoadAdapterAsync("adapter", folder, null, cancellation).ConfigureAwait(false);
            }

            var heat = parse.GetValue(temperature);
            var request = new GenerationRequest
            {
                PromptIds = [],
                Sampling = new SamplingOptions { DoSample = heat > 0, Temperature = heat > 0 ? heat : 1, TopP = parse.GetValue(topP), TopK = parse.GetValue(topK) },
                MaxNewTokens = parse.GetValue(maxTokens),
                Stop = parse.GetValue(stop)!,
                EosTokenIds = engine.EosTokenIds,
                Adapter = parse.GetValue(adapter) is null ? null : "adapter",
            };
            IEnumerable<JsonObject> rows = (parse.GetValue(prompt), parse.GetValue(chat)) switch
            {
                ({ } text, _) => [new JsonObject { ["prompt"] = text }],
                (_, { } question) => [new JsonObject { ["messages"] = Messages(parse.GetValue(system), question) }],
                _ => Rows(parse.GetValue(input)),
            };
            await AnswerAsync(engine, loaded, request, rows, parse.GetValue(seed), cancellation).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    /// <summary>All prompts go to the engine at once, which batches them; answers come out in the order of the prompts.</summary>
    private static async Task AnswerAsync(Engine engine, PretrainedModel model, GenerationRequest request, IEnumerable<JsonObject> rows, ulong seed, CancellationToken cancellation)
    {
        foreach (var chunk in rows.Select((row, i) => (row, i)).Chunk(64))
        {
            var answers = chunk.Select(item => engine.CompleteAsync(request with { PromptIds = Encode(model, item.row), Seed = seed + (ulong)item.i }, cancellation)).ToList();
            foreach (var answer in answers)
            {
                var result = await answer.ConfigureAwait(false);
                await Console.Out.WriteLineAsync(new JsonObject
                {
                    ["text"] = result.Text,
                    ["prompt_tokens"] = result.PromptTokens,
                    ["completion_tokens"] = result.Ids.Count,
                    ["finish_reason"] = result.Finish == FinishReason.Length ? "length" : "stop",
                }.ToJsonString(StudioJson.Options)).ConfigureAwait(false);
            }
        }
    }

    private static int[] Encode(PretrainedModel model, JsonObject row)
    {
        if (row["messages"] is JsonArray messages)
        {
            var template = model.Template ?? throw new InvalidDataException("The model has no chat template; give \"prompt\" instead of \"messages\".");
            var text = template.Render(messages, new RenderOptions { AddGenerationPrompt = true, Now = TimeProvider.System.GetLocalNow().DateTime }).Text;
            return model.Tokenizer.Encode(text, addSpecialTokens: false).Ids;
        }

        return model.Tokenizer.Encode((string?)row["prompt"] ?? throw new InvalidDataException("A line has neither \"prompt\" nor \"messages\".")).Ids;
    }

    private static JsonArray Messages(string? system, string question)
    {
        JsonArray messages = [];
        if (system is not null)
        {
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = system });
        }

        messages.Add(new JsonObject { ["role"] = "user", ["content"] = question });
        return messages;
    }

    private static IEnumerable<JsonObject> Rows(FileInfo? file)
    {
        using var reader = file is null ? Console.In : file.OpenText();
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            JsonObject row;
            try
            {
                row = JsonNode.Parse(line) as JsonObject ?? throw new JsonException("it is not an object");
            }
            catch (JsonException fault)
            {
                throw new InvalidDataException($"Line {number} is not a JSON object: {fault.Message}");
            }

            yield return row;
        }
    }
}
