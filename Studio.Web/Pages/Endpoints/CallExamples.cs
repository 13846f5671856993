namespace Studio.Web.Pages.Endpoints;

/// <summary>One chat request in several languages; the official OpenAI packages need nothing but another base address.</summary>
public static class CallExamples
{
    public static IReadOnlyDictionary<string, Func<string, string, string>> All { get; } = new Dictionary<string, Func<string, string, string>>
    {
        ["curl"] = (address, model) =>
            $$"""
            curl {{address}}/chat/completions \
              -H "Authorization: Bearer $STUDIO_KEY" \
              -H "Content-Type: application/json" \
              -d '{"model": "{{model}}", "messages": [{"role": "user", "content": "Hello"}]}'
            """,
        ["Python"] = (address, model) =>
            $$"""
            import os
            from openai import OpenAI

            client = OpenAI(base_url="{{address}}", api_key=os.environ["STUDIO_KEY"])
            stream = client.chat.completions.create(
                model="{{model}}",
                messages=[{"role": "user", "content": "Hello"}],
                stream=True,
            )
            for chunk in stream:
                print(chunk.choices[0].delta.content or "", end="")
            """,
        ["C#"] = (address, model) =>
            $$"""
            using System.ClientModel;
            using OpenAI;
            using OpenAI.Chat;

            var key = Environment.GetEnvironmentVariable("STUDIO_KEY")!;
            var client = new ChatClient("{{model}}", new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri("{{address}}") });
            await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Hello")]))
            {
                foreach (var part in update.ContentUpdate)
                {
                    Console.Write(part.Text);
                }
            }
            """,
        ["JavaScript"] = (address, model) =>
            $$"""
            import OpenAI from "openai";

            const client = new OpenAI({ baseURL: "{{address}}", apiKey: process.env.STUDIO_KEY });
            const stream = await client.chat.completions.create({
              model: "{{model}}",
              messages: [{ role: "user", content: "Hello" }],
              stream: true,
            });
            for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
            """,
    };
}
