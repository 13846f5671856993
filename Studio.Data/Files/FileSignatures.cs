using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>Knows by their first bytes the files that are no text, and says for each what to upload instead.</summary>
public static class FileSignatures
{
    private const string AsText = "Export the data as JSON Lines, JSON, CSV or plain text and upload that.";

    private static readonly (byte[] Bytes, string What, string Remedy)[] Known =
    [
        ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive (also .xlsx, .docx, .pth and .npz are ZIP archives)", "Unpack it and upload the data file itself; save a spreadsheet as CSV (UTF-8)."),
        ([0x50, 0x4B, 0x05, 0x06], "an empty ZIP archive", "Upload the data file itself."),
        ("PAR1"u8.ToArray(), "a Parquet file", "Export it as JSON Lines, for example with DuckDB: COPY (FROM 'file.parquet') TO 'file.jsonl' (FORMAT json)."),
        ("ARROW1"u8.ToArray(), "an Arrow file", AsText),
        ("Obj\u0001"u8.ToArray(), "an Avro file", AsText),
        ("ORC"u8.ToArray(), "an ORC file", AsText),
        ("%PDF"u8.ToArray(), "a PDF document", "Copy its text into a .txt file, or write question and answer pairs from it."),
        ("GGUF"u8.ToArray(), "a GGUF model, not a dataset", "Add models on the Models page."),
        ([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'], "a NumPy array", AsText),
        ([0x89, (byte)'H', (byte)'D', (byte)'F'], "an HDF5 file", AsText),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG image", AsText),
        ([0xFF, 0xD8, 0xFF], "a JPEG image", AsText),
        ("SQLite format 3\0"u8.ToArray(), "an SQLite database", AsText),
        ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", "Unpack it first, or compress with gzip instead."),
        ("BZh"u8.ToArray(), "a bzip2 archive", "Unpack it first, or compress with gzip instead."),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "an xz archive", "Unpack it first, or compress with gzip instead."),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF], "a 7z archive", "Unpack it first."),
        ("Rar!"u8.ToArray(), "a RAR archive", "Unpack it first."),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Office document (.xls, .doc)", "Save it as CSV (UTF-8) or plain text."),
        ([0x7F, (byte)'E', (byte)'L', (byte)'F'], "a program", AsText),
        ([(byte)'M', (byte)'Z', 0x90, 0x00], "a program", AsText),
    ];

    public static bool IsGzip(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]);

    /// <summary>The problem with a file that is no UTF-8 text, judged by its first 64 KiB; null when it may be text.</summary>
    public static Problem? Refuse(ReadOnlySpan<byte> start, string fileName)
    {
        foreach (var (bytes, what, remedy) in Known)
        {
            if (start.StartsWith(bytes))
            {
                return NotText(what, remedy);
            }
        }

        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
        {
            return NotText("a Python pickle", "Pickle files can run code when they are opened, so Studio never reads them. Export the data as JSON Lines.");
        }

        if (start.Length >= 9 && start[8] == (byte)'{' && BitConverter.ToUInt64(start[..8]) is > 1 and < 100_000_000 && start[..8].Contains((byte)0))
        {
            return NotText("a safetensors file with model weights, not a dataset", "Add models on the Models page.");
        }

        if (start.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            return new Problem("lfs_pointer", Severity.Fatal, "This is a Git LFS pointer, not the file it stands for.", "Run \"git lfs pull\" in the repository, or download the file itself, and upload that.");
        }

        if (EncodingGuess.ByZeros(start) is { } wide)
        {
            return new Problem("encoding", Severity.Fatal, $"The file is {wide}, not UTF-8.", "Save the file as UTF-8 (in most editors: Save As, Encoding: UTF-8) and upload it again.");
        }

        var text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        var trimmed = text.TrimStart(" \t\r\n"u8);
        if (trimmed.IsEmpty)
        {
            return start.Length < 64 * 1024 ? new Problem("empty_file", Severity.Fatal, "The file holds nothing but white space.", "Upload a file with at least one row.") : null;
        }

        if (StartsWithIgnoreCase(trimmed, "<!doctype html"u8) || StartsWithIgnoreCase(trimmed, "<html"u8))
        {
            return new Problem("web_page", Severity.Fatal, "This is a web page, probably saved instead of the file behind a link.", "Download the file itself (its raw or download link) and upload that.");
        }

        if (text.Contains((byte)0))
        {
            // A stray NUL in otherwise good text is a fault of its row; many of them are a binary file.
            var others = text.Length - text.Count((byte)0);
            var printable = 0;
            foreach (var b in text)
            {
                printable += b is >= 0x20 or (byte)'\n' or (byte)'\r' or (byte)'\t' ? 1 : 0;
            }

            if (text.Count((byte)0) > 8 || printable * 10 < others * 9)
            {
                return NotText("a binary file", AsText);
            }
        }

        return null;
    }

    private static Problem NotText(string what, string remedy) => new("not_text", Severity.Fatal, $"This is {what}.", remedy);

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) =>
        text.Length >= lower.Length && System.Text.Ascii.EqualsIgnoreCase(text[..lower.Length], lower);
}
