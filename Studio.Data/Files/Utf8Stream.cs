using System.Buffers;
using System.Text;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>Passes bytes on while checking that they are UTF-8; drops a byte order mark at the start.</summary>
internal sealed class Utf8Stream(Stream source, string fileName, Func<long> sourcePosition) : Stream
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private int checkedEnd;
    private bool atEnd;
    private bool started;
    private long lines;

    public long SourcePosition => sourcePosition();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] target, int offset, int count) => Read(target.AsSpan(offset, count));

    public override int Read(Span<byte> target)
    {
        if (target.IsEmpty)
        {
            return 0;
        }

        while (start == checkedEnd && !(atEnd && start == end))
        {
            Fill();
        }

        var count = Math.Min(target.Length, checkedEnd - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] target, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        // What is left is at most the first bytes of a character that the next read completes.
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        checkedEnd = 0;
        var read = source.Read(buffer, end, buffer.Length - end);
        atEnd = read == 0;
        end += read;
        if (!started)
        {
            while (end < 3 && !atEnd)
            {
                read = source.Read(buffer, end, buffer.Length - end);
                atEnd = read == 0;
                end += read;
            }

            started = true;
            if (buffer.AsSpan(0, end).StartsWith("\uFEFF"u8))
            {
                start = 3;
            }
        }

        checkedEnd = start;
        while (checkedEnd < end)
        {
            // Whole runs of valid text are skipped by the vectorised check; only around a fault is it looked at character by character.
            var rest = buffer.AsSpan(checkedEnd, end - checkedEnd);
            var whole = WholeCharacters(rest);
            if (System.Text.Unicode.Utf8.IsValid(rest[..whole]))
            {
                checkedEnd += whole;
                if (whole < rest.Length && atEnd)
                {
                    Refuse(checkedEnd);
                }

                break;
            }

            var valid = 0;
            while (Rune.DecodeFromUtf8(rest[valid..], out _, out var length) == OperationStatus.Done)
            {
                valid += length;
            }

            Refuse(checkedEnd + valid);
        }

        lines += buffer.AsSpan(start, checkedEnd - start).Count((byte)'\n');
    }

    /// <summary>Length without a character that the end of the span cuts.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if ((lead & 0xC0) == 0x80)
            {
                continue;
            }

            var needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
            return needs > back ? bytes.Length - back : bytes.Length;
        }

        return bytes.Length;
    }

    private void Refuse(int at)
    {
        var line = lines + buffer.AsSpan(start, at - start).Count((byte)'\n') + 1;
        var name = EncodingGuess.Name(buffer.AsSpan(0, end));
        throw new ProblemException(new Problem(
            "encoding",
            Severity.Fatal,
            FormattableString.Invariant($"Line {line} is not UTF-8; the file looks like {name}."),
            "Save the file as UTF-8 (in most editors: Save As, Encoding: UTF-8) and upload it again.")
        {
            File = fileName,
            Line = (int)Math.Min(line, int.MaxValue),
        });
    }
}
