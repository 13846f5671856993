using Studio.Data.Store;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Store;

public sealed class BlobFolderTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly BlobFolder blobs;

    public BlobFolderTests() => blobs = new BlobFolder(Path.Combine(folder.Path, "root"));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("..")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a\0b")]
    [InlineData("../root2/file")]
    public void Paths_out_of_the_root_are_refused(string name) => Assert.Throws<UnauthorizedAccessException>(() => blobs.Full(name));

    [Fact]
    public void Names_below_the_root_resolve() => Assert.Equal(Path.Combine(blobs.Root, "files", "file-1"), blobs.Full("files", "file-1"));

    [SkippableFact]
    public void Links_are_not_followed()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        var secret = Path.Combine(folder.Path, "secret");
        File.WriteAllText(secret, "secret");
        File.CreateSymbolicLink(Path.Combine(blobs.Root, "link"), secret);
        Directory.CreateSymbolicLink(Path.Combine(blobs.Root, "folder"), folder.Path);
        Assert.Throws<UnauthorizedAccessException>(() => blobs.OpenRead("link"));
        Assert.Throws<UnauthorizedAccessException>(() => blobs.OpenRead("folder", "secret"));
        Assert.Throws<UnauthorizedAccessException>(() => blobs.Create("folder", "new"));
    }

    [Fact]
    public void A_file_is_made_once()
    {
        using (var file = blobs.Create("a", "b"))
        {
            file.WriteByte(1);
        }

        Assert.Throws<IOException>(() => blobs.Create("a", "b"));
        using (var file = blobs.OpenRead("a", "b"))
        {
            Assert.Equal(1, file.ReadByte());
        }

        blobs.Delete("a");
        Assert.False(Directory.Exists(Path.Combine(blobs.Root, "a")));
        blobs.Delete("a");
    }
}
