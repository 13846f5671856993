using System.IO.Compression;
using System.Text;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>
/// An uploaded file as UTF-8 bytes: what is no text is refused by its content, a byte order mark is dropped, gzip is inflated within limits,
/// and every byte that passes is checked to be UTF-8.
/// </summary>
public sealed class TextInput : IDisposable
{
    private const int HeadBytes = 64 * 1024;

    private readonly Utf8Stream stream;

    private TextInput(string fileName, Utf8Stream stream, FileHead head, long bytes)
    {
        FileName = fileName;
        this.stream = stream;
        Head = head;
        Bytes = bytes;
    }

    public string FileName { get; }

    public FileHead Head { get; }

    /// <summary>Size of the file on disk.</summary>
    public long Bytes { get; }

    /// <summary>Bytes of the file on disk read so far, for progress.</summary>
    public long Position => stream.SourcePosition;

    /// <summary>The checked bytes, without a byte order mark. A byte that is not UTF-8 throws <see cref="ProblemException"/>.</summary>
    public Stream Stream => stream;

    /// <exception cref="ProblemException">The file is empty, not text, or not UTF-8; the problem says what it is instead.</exception>
    public static TextInput Open(Func<Stream> open, string fileName)
    {
        var source = open();
        try
        {
            var start = ReadStart(source);
            if (start.Length == 0)
            {
                throw new ProblemException(new Problem("empty_file", Severity.Fatal, "The file is empty.", "Upload a file with at least one row.") { File = fileName });
            }

            var bytes = source.Length;
            if (FileSignatures.IsGzip(start))
            {
                var inner = fileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? fileName[..^3] : fileName;
                using (var probe = new GZipStream(new MemoryStream(start), CompressionMode.Decompress))
                {
                    start = ReadStartTolerant(probe, fileName);
                }

                source.Position = 0;
                return Create(new InflatingStream(source, bytes, fileName), start, inner, fileName, bytes, () => source.Position);
            }

            source.Position = 0;
            return Create(source, start, fileName, fileName, bytes, () => source.Position);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public void Dispose() => stream.Dispose();

    private static TextInput Create(Stream source, byte[] start, string innerName, string fileName, long bytes, Func<long> position)
    {
        if (FileSignatures.Refuse(start, innerName) is { } problem)
        {
            throw new ProblemException(problem with { File = fileName });
        }

        var text = Encoding.UTF8.GetString(start.AsSpan(start.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        var head = new FileHead(innerName, text, start.Length < HeadBytes);
        return new TextInput(fileName, new Utf8Stream(source, fileName, position), head, bytes);
    }

    private static byte[] ReadStart(Stream stream)
    {
        var buffer = new byte[HeadBytes];
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..read];
    }

    private static byte[] ReadStartTolerant(GZipStream stream, string fileName)
    {
        var buffer = new byte[HeadBytes];
        var read = 0;
        try
        {
            while (read < buffer.Length && stream.Read(buffer, read, buffer.Length - read) is > 0 and var n)
            {
                read += n;
            }
        }
        catch (InvalidDataException fault)
        {
            // Only the first bytes of the file were given to this probe, so a cut is expected; nothing at all is not.
            if (read == 0)
            {
                throw new ProblemException(new Problem("broken_gzip", Severity.Fatal, "The gzip data is damaged.", "Compress the file again, or upload it uncompressed.") { File = fileName }, fault);
            }
        }

        return buffer[..read];
    }
}
