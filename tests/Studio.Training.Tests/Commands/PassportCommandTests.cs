using System.IO.Compression;
using System.Text.Json;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Training.Commands;

namespace Studio.Training.Tests.Commands;

public sealed class PassportCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("studio-passport-").FullName;
    private readonly PassportKey key;

    public PassportCommandTests()
    {
        key = PassportKey.Open(In("keys", "passport.key"));
        Directory.CreateDirectory(In("adapter"));
        File.WriteAllText(In("adapter", "adapter_config.json"), "{}");
        File.WriteAllBytes(In("adapter", "adapter_model.safetensors"), [1, 2, 3]);
        new Passport { IssuedAt = DateTimeOffset.UnixEpoch, AdapterId = "adp-1", ModelName = "ft:x", Kind = "lora", BaseModel = new ModelReference("base", "x", "x.gguf", "aa"), Recipe = new Recipe(), CodeVersion = "1", Files = Passport.HashFiles(In("adapter")) }.Write(In("adapter"), key);
        ZipFile.CreateFromDirectory(In("adapter"), In("adapter.zip"));
        File.WriteAllText(In("key.pem"), key.PublicPem);
    }

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("adapter.zip")]
    [InlineData("adapter")]
    public void An_untouched_adapter_holds(string path)
    {
        var (code, answer, said) = Verify(In(path), "--key", In("key.pem"));
        Assert.Equal(ExitCodes.Ok, code);
        Assert.True(answer.GetProperty("holds").GetBoolean());
        Assert.True(answer.GetProperty("key_trusted").GetBoolean());
        Assert.Equal("adp-1", answer.GetProperty("adapter_id").GetString());
        Assert.Contains("Nothing was changed", said);
    }

    [Fact]
    public void Everything_that_was_changed_is_said()
    {
        File.WriteAllBytes(In("adapter", "adapter_model.safetensors"), [1, 2, 4]);
        File.Delete(In("adapter", "adapter_config.json"));
        File.WriteAllText(In("adapter", "extra.txt"), "x");
        var (code, answer, said) = Verify(In("adapter"));
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Equal(["adapter_config.json missing", "adapter_model.safetensors changed", "extra.txt added"], answer.GetProperty("changes").EnumerateArray().Select(c => $"{c.GetProperty("file")} {c.GetProperty("what")}"));
        Assert.Contains("adapter_model.safetensors was changed.", said);
        Assert.Contains("adapter_config.json is missing.", said);
        Assert.Contains("extra.txt was added.", said);
    }

    [Fact]
    public void Another_key_a_changed_passport_and_none_at_all_fail()
    {
        using var other = PassportKey.Open(In("other", "passport.key"));
        File.WriteAllText(In("other.key"), other.PublicKey);
        var (code, answer, said) = Verify(In("adapter.zip"), "--key", In("other.key"));
        Assert.Equal((ExitCodes.Failed, false), (code, answer.GetProperty("key_trusted").GetBoolean()));
        Assert.Contains("another key", said);

        var passport = In("adapter", Passport.FileName);
        File.WriteAllText(passport, File.ReadAllText(passport).Replace("adp-1", "adp-2", StringComparison.Ordinal));
        Assert.Contains("signature does not fit", Verify(In("adapter")).Said);
        File.Delete(passport);
        Assert.Equal(ExitCodes.Failed, Verify(In("adapter")).Code);
    }

    private string In(params string[] parts) => Path.Combine([folder, .. parts]);

    private static (int Code, JsonElement Answer, string Said) Verify(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = PassportCommand.Verify(arguments[0], arguments.Length > 2 ? arguments[2] : null, output, errors);
        return (code, JsonSerializer.Deserialize<JsonElement>(output.ToString()), errors.ToString());
    }
}
