using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Studio.Training.Checkpoints;
using Studio.Training.Tokenizers.Gguf;

namespace Studio.Training.Tokenizers;

/// <summary>Finds out what kind of tokenizer a path holds and reads it.</summary>
internal static class TokenizerFiles
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    public static Tokenizer Load(string path)
    {
        if (Directory.Exists(path))
        {
            return TokenizerFolder.Load(path);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file or folder; give a tokenizer.json, a tokenizer.model, a .gguf file or a folder that holds one", path);
        }

        if (path.EndsWith("vocab.json", StringComparison.OrdinalIgnoreCase))
        {
            return TokenizerFolder.LoadBytePairs(path, path[..^"vocab.json".Length] + "merges.txt", ModelConfiguration.Read(Path.GetDirectoryName(Path.GetFullPath(path))!));
        }

        if (IsGguf(path))
        {
            // Only the metadata is read: tensors stay where they are.
            using var gguf = GgufFile.Open(path);
            return GgufTokenizer.Read(gguf.Metadata, path);
        }

        if (path.EndsWith(".model", StringComparison.OrdinalIgnoreCase))
        {
            return TokenizerFolder.LoadSentencePiece(path, new ModelConfiguration());
        }

        return ParseJson(ReadAll(path), path, ModelConfiguration.Read(Path.GetDirectoryName(Path.GetFullPath(path))!).SpecialTokens);
    }

    private static bool IsGguf(string path)
    {
        Span<byte> magic = stackalloc byte[4];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("GGUF"u8);
    }

    /// <summary>All bytes of a file, unpacked when it is gzipped.</summary>
    public static byte[] ReadAll(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes is not [0x1F, 0x8B, ..])
        {
            return bytes;
        }

        using var unpacked = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    public static Tokenizer ParseJson(ReadOnlyMemory<byte> json, string name, SpecialTokens specialTokens)
    {
        using var document = ParseDocument(json, name);
        return new Tokenizer(TokenizerPipeline.Read(new JsonField(document.RootElement, name, "")), specialTokens, SHA256.HashData(json.Span), name);
    }

    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> json, string name)
    {
        if (json.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            json = json[3..];
        }

        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException exception)
        {
            throw new TokenizerFormatException(name, "", $"not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}): the file is damaged or cut short", exception);
        }
    }
}
