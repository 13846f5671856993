using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Studio.Training.Batching;

/// <summary>
/// Tokens of many texts in a file on disk, read back piece by piece: the text of a pretraining run need not fit into memory. Every token is learned.
/// </summary>
public sealed class TokenFile : IReadOnlyList<LabelledTokens>, IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly List<(long Start, int Count)> pieces;

    private TokenFile(SafeFileHandle handle, List<(long Start, int Count)> pieces) => (this.handle, this.pieces) = (handle, pieces);

    public int Count => pieces.Count;

    /// <summary>Tokens of each piece.</summary>
    public IReadOnlyList<int> Lengths => [.. pieces.Select(p => p.Count)];

    public LabelledTokens this[int index]
    {
        get
        {
            var (start, count) = pieces[index];
            var ids = new int[count];
            var bytes = MemoryMarshal.AsBytes(ids.AsSpan());
            for (var read = 0; read < bytes.Length;)
            {
                var more = RandomAccess.Read(handle, bytes[read..], (start * sizeof(int)) + read);
                read += more > 0 ? more : throw new InvalidDataException("The file of tokens is shorter than what was written into it.");
            }

            return new LabelledTokens(ids, ids);
        }
    }

    /// <summary>Writes texts one after the other; those longer than a piece may be are split.</summary>
    /// <param name="path">An existing file is replaced; the file goes when the result is disposed if <paramref name="temporary"/>.</param>
    /// <param name="longest">Tokens of a piece at most.</param>
    public static TokenFile Write(string path, IEnumerable<int[]> texts, int longest, bool temporary)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, temporary ? FileOptions.DeleteOnClose : FileOptions.None);
        try
        {
            List<(long, int)> pieces = [];
            long end = 0;
            foreach (var ids in texts)
            {
                RandomAccess.Write(handle, MemoryMarshal.AsBytes(ids.AsSpan()), end * sizeof(int));
                for (var start = 0; start < ids.Length; start += longest)
                {
                    pieces.Add((end + start, Math.Min(longest, ids.Length - start)));
                }

                end += ids.Length;
            }

            return new TokenFile(handle, pieces);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public IEnumerator<LabelledTokens> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    public void Dispose() => handle.Dispose();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
