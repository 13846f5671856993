using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Studio.Data.Examples;

namespace Studio.Data.Datasets;

/// <summary>
/// The normalised examples of a version on disk: <c>rows.jsonl</c>, and <c>rows.idx</c> with the byte offset of every 256th row, so that any
/// page is found without reading what is before it.
/// </summary>
public sealed class RowFile(string folder)
{
    private const int Every = 256;

    public string RowsPath { get; } = Path.Combine(folder, "rows.jsonl");

    private string IndexPath { get; } = Path.Combine(folder, "rows.idx");

    /// <summary>Writes rows; dispose ends the files.</summary>
    public Writer Create() => new(RowsPath, IndexPath);

    /// <summary>All rows in order as their JSON lines; the span is valid until the next one.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Lines(long from = 0)
    {
        using var stream = new FileStream(RowsPath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        stream.Position = OffsetOf(from, out var skip);
        var lines = new Files.LineReader(stream, 64 * 1024 * 1024);
        while (lines.TryRead(out var line))
        {
            if (skip-- > 0)
            {
                continue;
            }

            yield return line.Bytes;
        }
    }

    /// <summary>All examples in order.</summary>
    public IEnumerable<Example> Read(long from = 0) => Lines(from).Select(line => Parse(line.Span));

    /// <summary>Rows from an offset, or those that hold a text (compared without case) counted from the first match.</summary>
    public RowPage Page(long total, long offset, int count, string? search)
    {
        if (string.IsNullOrWhiteSpace(search))
        {
            List<DatasetRow> rows = [];
            var index = offset;
            foreach (var example in Read(offset).Take(count))
            {
                rows.Add(new DatasetRow(index++, example));
            }

            return new RowPage(total, rows, offset + rows.Count < total);
        }

        List<DatasetRow> found = [];
        long at = 0, matches = 0;
        foreach (var line in Lines())
        {
            var example = MayHold(line.Span, search) ? Parse(line.Span) : null;
            if (example is not null && Holds(example, search) && matches++ >= offset)
            {
                if (found.Count == count)
                {
                    return new RowPage(null, found, true);
                }

                found.Add(new DatasetRow(at, example));
            }

            at++;
        }

        return new RowPage(matches, found, false);
    }

    internal static Example Parse(ReadOnlySpan<byte> line) => JsonSerializer.Deserialize<Example>(line, StudioJson.Options)!;

    private static bool Holds(Example example, string search) =>
        ExampleTurns.Of(example).Any(t => Has(t.Message.Content, search) || Has(t.Message.ReasoningContent, search) || (t.Message.ToolCalls?.Any(c => Has(c.Function.Name, search) || Has(c.Function.Arguments?.ToJsonString(StudioJson.Options), search)) ?? false))
        || example is PromptExample prompt && Has(prompt.Reference, search);

    private static bool Has(string? text, string search) => text is not null && text.Contains(search, StringComparison.OrdinalIgnoreCase);

    /// <summary>Saves parsing rows that cannot match: a search of plain letters must occur in the line itself (JSON may escape anything else).</summary>
    private static bool MayHold(ReadOnlySpan<byte> line, string search) =>
        !search.All(c => char.IsLetterOrDigit(c) || c is ' ') || Encoding.UTF8.GetString(line).Contains(search, StringComparison.OrdinalIgnoreCase);

    private long OffsetOf(long row, out long skip)
    {
        skip = row;
        if (row < Every)
        {
            return 0;
        }

        using var index = new FileStream(IndexPath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var entry = Math.Min(row / Every, (index.Length / sizeof(long)) - 1);
        if (entry < 0)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        index.Position = entry * sizeof(long);
        index.ReadExactly(bytes);
        skip = row - (entry * Every);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Appends rows.</summary>
    public sealed class Writer : IDisposable
    {
        private readonly FileStream rows;
        private readonly FileStream index;
        private long count;
        private long offset;

        internal Writer(string rowsPath, string indexPath)
        {
            rows = new FileStream(rowsPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 256 * 1024);
            try
            {
                index = new FileStream(indexPath, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            }
            catch
            {
                rows.Dispose();
                throw;
            }
        }

        /// <param name="body">The example as JSON without its line.</param>
        public void Write(ReadOnlySpan<byte> body, int? line)
        {
            if (count++ % Every == 0)
            {
                Span<byte> bytes = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, offset);
                index.Write(bytes);
            }

            rows.Write(body[..^1]);
            Span<byte> tail = stackalloc byte[32];
            var length = line is null ? Put("}\n", tail) : Put(FormattableString.Invariant($",\"line\":{line}}}\n"), tail);
            rows.Write(tail[..length]);
            offset += body.Length - 1 + length;
        }

        public void Dispose()
        {
            rows.Dispose();
            index.Dispose();
        }

        private static int Put(string text, Span<byte> target) => Encoding.ASCII.GetBytes(text, target);
    }
}

/// <summary>A row of a version.</summary>
/// <param name="Index">0-based place in the version.</param>
public sealed record DatasetRow(long Index, Example Example);

/// <param name="Total">Rows in all; null when a search stopped before the end.</param>
public sealed record RowPage(long? Total, IReadOnlyList<DatasetRow> Rows, bool More);
