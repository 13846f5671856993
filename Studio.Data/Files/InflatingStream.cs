using System.IO.Compression;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>Inflates gzip and stops at a size and a ratio that no honest dataset reaches, so that a small file cannot fill the disk.</summary>
internal sealed class InflatingStream(Stream source, long compressedBytes, string fileName) : Stream
{
    private const long MaxBytes = 512L * 1024 * 1024;
    private const long MaxRatio = 100;

    private readonly GZipStream inner = new(source, CompressionMode.Decompress);
    private long total;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => total;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (InvalidDataException fault)
        {
            throw new ProblemException(new Problem("broken_gzip", Severity.Fatal, "The gzip data is damaged or cut off.", "Compress the file again, or upload it uncompressed.") { File = fileName }, fault);
        }

        total += read;
        if (total > MaxBytes || total > Math.Max(1024 * 1024, compressedBytes * MaxRatio))
        {
            throw new ProblemException(new Problem("inflates_too_far", Severity.Fatal, "The compressed file grows beyond 512 MiB or more than a hundred times its size.", "Upload the file uncompressed.") { File = fileName });
        }

        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
