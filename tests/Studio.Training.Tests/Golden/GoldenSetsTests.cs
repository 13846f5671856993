using Studio.Testing;

namespace Studio.Training.Tests.Golden;

/// <summary>Each set may be absent and is then skipped by name; a folder without any set is a mistake and must not look green.</summary>
public sealed class GoldenSetsTests
{
    private static readonly string[] Sets = ["families", "rope", "adapters", "losses", "trajectories", "batching", "sampling", "chat_templates", "tokenizers", "gguf", "smollm2", "metrics"];

    [Fact]
    public void Golden_folder_holds_at_least_one_set() =>
        Assert.True(Sets.Any(set => GoldenFolder.Has(set)), $"{GoldenFolder.Root} holds none of the sets {string.Join(", ", Sets)}; STUDIO_GOLDEN must name a folder with at least one.");
}
