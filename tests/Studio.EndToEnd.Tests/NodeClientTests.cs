using System.Diagnostics;

namespace Studio.EndToEnd.Tests;

/// <summary>The official JavaScript client against the real host, changed by nothing but its address.</summary>
[Trait("Speed", "Slow")]
public sealed class NodeClientTests
{
    private const string Script = """
        import OpenAI, { toFile } from 'openai';
        const client = new OpenAI({ baseURL: process.argv[2] + '/v1', apiKey: 'none', maxRetries: 0 });
        const check = (condition, what) => { if (!condition) { throw new Error(what); } };
        const row = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Ahoy, sailor.' }] });
        const file = await client.files.create({ purpose: 'fine-tune', file: await toFile(Buffer.from(Array(12).fill(0).map((_, i) => row.replace('Hello', 'Hello ' + i)).join('\n')), 'ahoy.jsonl') });
        check(file.id.startsWith('file-'), 'file id');
        check((await client.files.list()).data.some(f => f.id === file.id), 'file list');
        check((await (await client.files.content(file.id)).text()).includes('Ahoy'), 'file content');
        let job = await client.fineTuning.jobs.create({ model: 'smollm2-135m-instruct', training_file: file.id, suffix: 'ahoy', seed: 1,
          method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 1, batch_size: 4, learning_rate_multiplier: 'auto' } } } });
        check(job.object === 'fine_tuning.job', 'job object');
        for (let i = 0; i < 600 && !['succeeded', 'failed', 'cancelled'].includes(job.status); i++) {
          await new Promise(done => setTimeout(done, 1000));
          job = await client.fineTuning.jobs.retrieve(job.id);
        }
        check(job.status === 'succeeded', 'job status ' + job.status + ' ' + JSON.stringify(job.error));
        const events = await client.fineTuning.jobs.listEvents(job.id, { limit: 5 });
        check(events.data.length > 0 && events.data[0].created_at >= events.data.at(-1).created_at, 'events newest first');
        check((await client.models.list()).data.some(m => m.id === job.fine_tuned_model), 'model list');
        const whole = await client.chat.completions.create({ model: job.fine_tuned_model, messages: [{ role: 'user', content: 'Hello' }], temperature: 0, max_tokens: 8 });
        check(whole.choices[0].message.content.length > 0, 'chat');
        let text = '';
        for await (const chunk of await client.chat.completions.create({ model: job.fine_tuned_model, messages: [{ role: 'user', content: 'Hello' }], temperature: 0, max_tokens: 8, stream: true })) {
          text += chunk.choices[0]?.delta?.content ?? '';
        }
        check(text === whole.choices[0].message.content, 'stream equals whole: ' + text);
        let refused = null;
        try { await client.fineTuning.jobs.create({ model: 'smollm2-135m-instruct', training_file: 'file-none' }); } catch (error) { refused = error; }
        check(refused instanceof OpenAI.APIError && refused.status >= 400 && refused.status < 500, 'typed error');
        console.log('all well');
        """;

    [SkippableFact]
    public async Task Files_jobs_events_models_and_chat()
    {
        var folder = Directory.CreateTempSubdirectory("studio-npm").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), """{ "type": "module", "private": true }""");
        Skip.IfNot(await RunAsync(folder, "npm", "install", "--no-audit", "--no-fund", "--silent", "openai@6") is (0, _), "npm cannot install the package openai here.");
        await File.WriteAllTextAsync(Path.Combine(folder, "client.mjs"), Script);
        await using var host = await StudioHost.StartAsync("--local-trial");
        var (code, output) = await RunAsync(folder, "node", "client.mjs", host.Address.ToString().TrimEnd('/'));
        Assert.True(code == 0, output);
        Assert.Contains("all well", output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<(int Code, string Output)> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, $"{program} is not installed");
        }
    }
}
