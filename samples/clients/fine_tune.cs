// Upload, fine-tune, wait, print events, chat, with the official OpenAI package.
// Usage: STUDIO_URL=http://127.0.0.1:5200/v1 STUDIO_KEY=sk-... dotnet run fine_tune.cs [training.jsonl]
#:package OpenAI@2.15.0
#:property PublishAot=false
#pragma warning disable OPENAI001 // The fine-tuning part of the package is marked as a preview.

using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;
using OpenAI.Models;

var endpoint = new Uri(Environment.GetEnvironmentVariable("STUDIO_URL") ?? "http://127.0.0.1:5200/v1");
var key = new ApiKeyCredential(Environment.GetEnvironmentVariable("STUDIO_KEY") ?? "local-trial");
var options = new OpenAIClientOptions { Endpoint = endpoint };
var data = args.Length > 0 ? args[0] : Path.Combine(Here(), "..", "datasets", "company-facts.en.jsonl");
var question = Environment.GetEnvironmentVariable("STUDIO_QUESTION") ?? "Who founded Tarnwick Boatworks?";
var model = Environment.GetEnvironmentVariable("STUDIO_MODEL") ?? (await new OpenAIModelClient(key, options).GetModelsAsync()).Value[0].Id;

OpenAIFile uploaded = await new OpenAIFileClient(key, options).UploadFileAsync(data, FileUploadPurpose.FineTune);
Console.WriteLine($"uploaded {Path.GetFileName(data)} as {uploaded.Id}");

var fineTuning = new FineTuningClient(key, new FineTuningClientOptions { Endpoint = endpoint });
var request = JsonSerializer.Serialize(new
{
    model,
    training_file = uploaded.Id,
    suffix = "tarnwick",
    method = new { type = "supervised", supervised = new { hyperparameters = new { n_epochs = 8 } } },
});
FineTuningJob job = await fineTuning.FineTuneAsync(BinaryContent.Create(BinaryData.FromString(request)), waitUntilCompleted: false, options: null);
Console.WriteLine($"job {job.JobId} on {model}");

HashSet<string> seen = [];
while (true)
{
    await job.UpdateStatusAsync();
    List<FineTuningEvent> events = [];
    await foreach (var item in job.GetEventsAsync(new GetEventsOptions()))
    {
        events.Add(item);
    }

    // The newest event comes first.
    foreach (var item in events.AsEnumerable().Reverse().Where(e => seen.Add(e.Id)))
    {
        Console.WriteLine($"  {item.Message}");
    }

    if (!job.Status.InProgress)
    {
        break;
    }

    await Task.Delay(TimeSpan.FromSeconds(2));
}

if (job.Status != FineTuningStatus.Succeeded)
{
    Console.Error.WriteLine($"the job {job.Status}");
    return 1;
}

foreach (var name in new[] { model, job.Value })
{
    Console.WriteLine($"== {name}");
    var chat = new ChatClient(name, key, options);
    await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage(question)], new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 60 }))
    {
        foreach (var part in update.ContentUpdate)
        {
            Console.Write(part.Text);
        }
    }

    Console.WriteLine();
}

return 0;

static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
