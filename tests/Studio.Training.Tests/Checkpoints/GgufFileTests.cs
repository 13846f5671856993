using System.Text;
using CsCheck;
using Studio.Training.Checkpoints;

namespace Studio.Training.Tests.Checkpoints;

public sealed class GgufFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gguf").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_small_file_is_read()
    {
        var path = Path.Combine(folder, "a.gguf");
        File.WriteAllBytes(path, Small());
        using var file = GgufFile.Open(path);
        Assert.Equal("llama", file.Metadata["general.architecture"]);
        Assert.Equal(new[] { "x", "y" }, file.Metadata["words"]);
        using var a = file.Read("a");
        Assert.Equal([2, 3], a.shape);
        Assert.Equal(new float[] { 0, 1, 2, 3, 4, 5 }, a.data<float>().ToArray());
        using var second = file.Read("a", expert: 1);
        Assert.Equal(new float[] { 3, 4, 5 }, second.data<float>().ToArray());
    }

    [Fact]
    public void No_change_of_bytes_crashes_the_reader()
    {
        var good = Small();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Sample((at, value, at2, value2, length) =>
        {
            var bytes = (byte[])good.Clone();
            (bytes[at], bytes[at2]) = (value, value2);
            var target = Path.Combine(folder, "fuzz.gguf");
            File.WriteAllBytes(target, bytes[..length]);
            try
            {
                using var file = GgufFile.Open(target);
                foreach (var name in file.Tensors.Keys)
                {
                    file.Read(name).Dispose();
                }
            }
            catch (InvalidDataException)
            {
                // Refusing is right; anything else fails the test.
            }
        }, iter: 3000, threads: 1);
    }

    private static byte[] Small()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            writer.Write((ulong)Encoding.UTF8.GetByteCount(text));
            writer.Write(Encoding.UTF8.GetBytes(text));
        }

        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1UL);
        writer.Write(2UL);
        Text("general.architecture");
        writer.Write(8u);
        Text("llama");
        Text("words");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2UL);
        Text("x");
        Text("y");
        Text("a");
        writer.Write(2u);
        writer.Write(3UL);
        writer.Write(2UL);
        writer.Write(0u);
        writer.Write(0UL);
        while (stream.Length % 32 != 0)
        {
            writer.Write((byte)0);
        }

        for (var i = 0; i < 6; i++)
        {
            writer.Write((float)i);
        }

        return stream.ToArray();
    }
}
