namespace Studio.Data.Tests.Support;

/// <summary>A disk that fails at the n-th write, flush or truncation, having written only half of what it was given, and refuses everything after.</summary>
public sealed class FaultyStream(MemoryStream disk, FaultyStream.Plan plan) : Stream
{
    public sealed class Plan(int failAt)
    {
        private int calls;

        public bool Failed { get; private set; }

        public bool Next()
        {
            Failed |= ++calls == failAt;
            return Failed;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => disk.Length;

    public override long Position
    {
        get => disk.Position;
        set => disk.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => disk.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => disk.Seek(offset, origin);

    public override void Flush()
    {
        if (plan.Next())
        {
            throw new IOException("No space left on device");
        }
    }

    public override void SetLength(long value)
    {
        if (plan.Next())
        {
            throw new IOException("No space left on device");
        }

        disk.SetLength(value);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        var before = plan.Failed;
        if (plan.Next())
        {
            if (!before)
            {
                disk.Write(buffer, offset, count / 2);
            }

            throw new IOException("No space left on device");
        }

        disk.Write(buffer, offset, count);
    }
}
