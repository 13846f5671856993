using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Registry;

public sealed class PassportTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly PassportKey key;

    public PassportTests()
    {
        key = PassportKey.Open(KeyPath);
        Directory.CreateDirectory(Adapter);
        File.WriteAllText(Path.Combine(Adapter, "adapter_config.json"), "{}");
        File.WriteAllBytes(Path.Combine(Adapter, "adapter_model.safetensors"), [1, 2, 3]);
        Create().Write(Adapter, key);
    }

    private string KeyPath => Path.Combine(folder.Path, "keys", "passport.key");

    private string Adapter => Path.Combine(folder.Path, "adapter");

    public void Dispose()
    {
        key.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void An_untouched_folder_holds()
    {
        var check = Passport.Verify(Adapter, key.PublicKey);
        Assert.True(check.Holds);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], check.Passport!.Files.Keys.Order());
        Assert.Equal(0.1 + 0.2, check.Passport.Metrics["eval_loss"]);
        Assert.Equal("资料", check.Passport.Data[0].Reference.Name);
    }

    [Fact]
    public void What_was_changed_is_listed()
    {
        File.WriteAllBytes(Path.Combine(Adapter, "adapter_model.safetensors"), [1, 2, 4]);
        File.Delete(Path.Combine(Adapter, "adapter_config.json"));
        File.WriteAllText(Path.Combine(Adapter, "extra.bin"), "x");
        var check = Passport.Verify(Adapter);
        Assert.False(check.Holds);
        Assert.True(check.SignatureValid);
        Assert.Equal([("adapter_config.json", "missing"), ("adapter_model.safetensors", "changed"), ("extra.bin", "added")], check.Changes.Select(c => (c.File, c.What)));
    }

    [Theory]
    [InlineData("\"seed\": 42", "\"seed\": 43")]
    [InlineData("CC-BY-4.0", "CC0-1.0")]
    [InlineData("0.30000000000000004", "0.3")]
    public void A_changed_passport_is_told(string from, string to)
    {
        var path = Path.Combine(Adapter, Passport.FileName);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to));
        var check = Passport.Verify(Adapter);
        Assert.False(check.SignatureValid);
        Assert.Contains(new PassportChange(Passport.FileName, "changed"), check.Changes);
    }

    [Fact]
    public void The_public_key_is_read_as_PEM_and_as_base64()
    {
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", key.PublicPem);
        Assert.Equal(key.PublicKey, PassportKey.ReadPublic(key.PublicPem));
        Assert.Equal(key.PublicKey, PassportKey.ReadPublic(key.PublicPem.ReplaceLineEndings("\r\n")));
        Assert.Equal(key.PublicKey, PassportKey.ReadPublic($" {key.PublicKey}\n"));
        Assert.Throws<FormatException>(() => PassportKey.ReadPublic("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
        Assert.Throws<FormatException>(() => PassportKey.ReadPublic("AAAA"));
    }

    [Fact]
    public void Layout_does_not_matter_to_the_signature()
    {
        var path = Path.Combine(Adapter, Passport.FileName);
        File.WriteAllText(path, JsonNode.Parse(File.ReadAllText(path))!.ToJsonString());
        Assert.True(Passport.Verify(Adapter).Holds);
    }

    [Fact]
    public void Another_key_signs_but_is_not_trusted()
    {
        using var other = PassportKey.Open(Path.Combine(folder.Path, "other.key"));
        Create().Write(Adapter, other);
        Assert.True(Passport.Verify(Adapter).Holds);
        var check = Passport.Verify(Adapter, key.PublicKey);
        Assert.True(check.SignatureValid);
        Assert.False(check.Holds);
        Assert.Equal(other.PublicKey, check.PublicKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"passport\":{},\"signature\":{\"public_key\":\"AA==\",\"value\":\"AA==\"}}")]
    [InlineData("{\"passport\":5,\"signature\":5}")]
    [InlineData("{\"passport\":{},\"signature\":{\"public_key\":\"%%\",\"value\":\"%%\"}}")]
    public void A_broken_passport_never_holds(string text)
    {
        File.WriteAllText(Path.Combine(Adapter, Passport.FileName), text);
        var check = Passport.Verify(Adapter);
        Assert.False(check.Holds);
        Assert.NotEmpty(check.Changes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("my-adapter/")]
    public void A_zip_is_verified_where_it_is(string root)
    {
        using var zip = Zip(root);
        Assert.True(Passport.VerifyZip(zip, key.PublicKey).Holds);
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.GetEntry(root + "adapter_config.json")!.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("elsewhere.txt").Open());
            writer.Write("x");
        }

        zip.Position = 0;
        Assert.Equal(["added", "missing"], Passport.VerifyZip(zip).Changes.Select(c => c.What).Order());
    }

    [Fact]
    public void A_zip_without_passport_or_no_zip_is_told()
    {
        using var empty = new MemoryStream();
        using (new ZipArchive(empty, ZipArchiveMode.Create, leaveOpen: true))
        {
        }

        empty.Position = 0;
        Assert.False(Passport.VerifyZip(empty).Found);
        Assert.False(Passport.Verify(folder.Path).Found);
        Assert.Throws<InvalidDataException>(() => Passport.VerifyZip(new MemoryStream(Encoding.UTF8.GetBytes("no zip"))));
    }

    [Fact]
    public void The_key_is_made_once_and_only_its_owner_reads_it()
    {
        using var again = PassportKey.Open(KeyPath);
        Assert.Equal(key.PublicKey, again.PublicKey);
        Assert.Equal(32, Convert.FromBase64String(key.PublicKey).Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        }
    }

    private Passport Create() => new()
    {
        IssuedAt = Records.Start,
        AdapterId = "adp-1",
        ModelName = "ft:base:studio:x:1",
        Kind = "lora",
        BaseModel = new ModelReference("base-1", "base", "/models/base", "aa"),
        Data = [new DataSource(new DataReference("ds-1", "dsv-1", "资料", 2, "bb", 100) { Licence = "CC-BY-4.0" }, "ann")],
        Recipe = new Recipe(),
        Seed = 42,
        CodeVersion = "0.1.0",
        Lineage = new PassportLineage("ftjob-1", null, null),
        Metrics = new Dictionary<string, double> { ["eval_loss"] = 0.1 + 0.2 },
        Files = Passport.HashFiles(Adapter),
    };

    private MemoryStream Zip(string root)
    {
        var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in Directory.GetFiles(Adapter))
            {
                archive.CreateEntryFromFile(file, root + Path.GetFileName(file));
            }
        }

        memory.Position = 0;
        return memory;
    }
}

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{"b":1,"a":[true,null,"é\u0001\"\\"],"A":{}}""", """{"A":{},"a":[true,null,"é\u0001\"\\"],"b":1}""")]
    [InlineData("""[1.0, 1e21, 123456789012345680000, 1e-7, 0.000001, -0.0, 333333333.33333329, 1e30, 4.50, 2e-3]""", """[1,1e+21,123456789012345680000,1e-7,0.000001,0,333333333.3333333,1e+30,4.5,0.002]""")]
    public void Is_written_in_one_form(string json, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(json))));

    [Fact]
    public void Any_number_reads_back_the_same() =>
        Gen.Double.Where(double.IsFinite).Sample(value => Assert.Equal(value == 0 ? 0 : value, double.Parse(CanonicalJson.Number(value), System.Globalization.CultureInfo.InvariantCulture)), iter: 20_000);
}
