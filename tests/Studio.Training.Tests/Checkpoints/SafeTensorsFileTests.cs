using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Studio.Training.Checkpoints;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Checkpoints;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "a.safetensors");
        var matrix = arange(6, dtype: ScalarType.Float32).reshape(2, 3);
        SafeTensorsWriter.Write(path, [("matrix", matrix), ("view", matrix.t()), ("half", matrix.to_type(ScalarType.BFloat16)), ("ids", tensor(new[] { 7L, -1L })), ("none", zeros([0, 3])), ("flag", tensor(true))],
            new Dictionary<string, string> { ["format"] = "pt", ["name"] = "ü \"x\"" });

        using var file = SafeTensorsFile.Open(path);
        Assert.Equal("ü \"x\"", file.Metadata["name"]);
        Assert.Equal(matrix.data<float>().ToArray(), file.Read("matrix").data<float>().ToArray());
        Assert.Equal(new float[] { 0, 3, 1, 4, 2, 5 }, file.Read("view").data<float>().ToArray());
        Assert.Equal(ScalarType.BFloat16, file.Read("half").dtype);
        Assert.Equal(new float[] { 0, 1, 2, 3, 4, 5 }, file.Read("half", ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(new[] { 7L, -1L }, file.Read("ids").data<long>().ToArray());
        Assert.Equal([0, 3], file.Read("none").shape);
        Assert.True(file.Read("flag").item<bool>());
        Assert.Throws<KeyNotFoundException>(() => file.Read("absent"));
    }

    [Theory]
    [InlineData("", "too short")]
    [InlineData("{}{", "after its last tensor", 2)]
    [InlineData("[]", "does not begin")]
    [InlineData("{\"a\":1}", "not the JSON")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "outside the file")]
    [InlineData("{\"a\":{\"dtype\":\"Q9\",\"shape\":[1],\"data_offsets\":[0,4]}}####", "element type")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}####", "needs 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}####", "impossible shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,8],\"data_offsets\":[0,4]}}####", "overflows")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}####", "outside the file")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}####", "two data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}########", "hole")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}####", "overlaps")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}########", "twice")]
    [InlineData("{\"__metadata__\":{\"a\":3}}", "not the JSON")]
    public void Damaged_files_are_refused_by_name_and_place(string content, string expected, int header = -1)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        File.WriteAllBytes(path, content.Length == 0 ? [] : Bytes(content.TrimEnd('#'), content.Count(c => c == '#'), header));
        var refused = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(16_000_001UL)]
    [InlineData(100UL)]
    public void A_header_larger_than_allowed_or_left_is_refused(ulong claimed)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        var bytes = Bytes("{}", 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 20, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x80, 2, (byte)'}', (byte)'q', 0, 0, 0, 0, 0, 0 })]
    public void Pickles_are_refused_by_content(byte[] content)
    {
        var path = Path.Combine(folder, "model.safetensors");
        File.WriteAllBytes(path, content);
        var refused = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
        Assert.Contains("convert the model to safetensors first", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => GgufFile.Open(path));
    }

    [Fact]
    public void No_change_of_bytes_crashes_a_reader()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "fuzz.safetensors");
        SafeTensorsWriter.Write(path, [("a", arange(10, dtype: ScalarType.Float32)), ("b", arange(4, dtype: ScalarType.Int64))]);
        var good = File.ReadAllBytes(path);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Sample((at, value, at2, value2, length) =>
        {
            var bytes = (byte[])good.Clone();
            (bytes[at], bytes[at2]) = (value, value2);
            var target = Path.Combine(folder, $"f{Environment.CurrentManagedThreadId}.safetensors");
            File.WriteAllBytes(target, bytes[..length]);
            try
            {
                using var file = SafeTensorsFile.Open(target);
                foreach (var name in file.Entries.Keys)
                {
                    file.Read(name).Dispose();
                }
            }
            catch (InvalidDataException)
            {
                // Refusing is right; anything else fails the test.
            }
        }, iter: 2000, threads: 1);
    }

    private static byte[] Bytes(string header, int data, int headerLength = -1)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, headerLength < 0 ? text.Length : headerLength);
        text.CopyTo(bytes, 8);
        return bytes;
    }
}
