using System.IO.MemoryMappedFiles;

namespace Studio.Training.Checkpoints;

/// <summary>A file mapped read-only into memory.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly FileStream stream;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private readonly byte* start;
    private bool disposed;

    public MappedFile(string path)
    {
        Path = path;
        stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = stream.Length;
        if (Length == 0)
        {
            return;
        }

        map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* first = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        start = first + view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    public byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return start;
        }
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        map?.Dispose();
        stream.Dispose();
    }

    /// <summary>Refuses pickles by what they contain, whatever their name: reading one would run the code inside it.</summary>
    public void RefusePickle()
    {
        if (Length < 4)
        {
            return;
        }

        var zip = Start[0] == 'P' && Start[1] == 'K' && Start[2] <= 8;
        var pickle = Start[0] == 0x80 && Start[1] is >= 2 and <= 5 && Start[2] is not 0;
        if (zip || pickle)
        {
            throw new InvalidDataException($"{Path}: is a PyTorch pickle ({(zip ? "zip archive" : "pickle stream")}), which can run code when read; convert the model to safetensors first");
        }
    }
}
