namespace Studio.Data.Files;

/// <summary>A line without its end mark. <see cref="Bytes"/> is valid until the next line is read.</summary>
/// <param name="TooLong">The line is longer than the limit; its bytes were skipped.</param>
/// <param name="Terminated">False for a last line without a line end.</param>
internal readonly record struct TextLine(int Number, ReadOnlyMemory<byte> Bytes, bool TooLong, bool Terminated);

/// <summary>Splits a stream into lines at LF or CRLF, with one buffer that grows to the limit and no further.</summary>
internal sealed class LineReader(Stream stream, int maxBytes)
{
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private int number;
    private bool atEnd;

    public bool TryRead(out TextLine line)
    {
        var scanned = start;
        var skipping = false;
        while (true)
        {
            var at = buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var stop = scanned + at;
                line = Take(stop, skipping, terminated: true);
                start = stop + 1;
                return true;
            }

            scanned = end;
            if (atEnd)
            {
                if (start == end && !skipping)
                {
                    line = default;
                    return false;
                }

                line = Take(end, skipping, terminated: false);
                start = end;
                return true;
            }

            if (end - start > maxBytes + 1)
            {
                skipping = true;
                start = end;
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                scanned -= start;
                start = 0;
            }

            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maxBytes + (64 * 1024)));
            }

            var read = stream.Read(buffer, end, buffer.Length - end);
            atEnd = read == 0;
            end += read;
        }
    }

    private TextLine Take(int stop, bool skipping, bool terminated)
    {
        number++;
        var length = stop - start;
        if (length > 0 && buffer[stop - 1] == (byte)'\r')
        {
            length--;
        }

        return skipping || length > maxBytes
            ? new TextLine(number, ReadOnlyMemory<byte>.Empty, TooLong: true, terminated)
            : new TextLine(number, buffer.AsMemory(start, length), TooLong: false, terminated);
    }
}
