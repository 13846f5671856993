using System.Text;
using LiteDB;
using Microsoft.Extensions.Time.Testing;
using Studio.Data.Store;
using Studio.Data.Store.Lite;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Store;

public sealed class LiteStudioDatabaseTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly FakeTimeProvider time = new(Records.Start);

    private string StorePath => Path.Combine(folder.Path, "store.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Records_come_back_equal_after_a_restart()
    {
        var job = Records.Job();
        using (var database = Open())
        {
            var stored = database.Jobs.Insert(job);
            Assert.Equal(1, stored.Revision);
            database.Jobs.Update(job.Id, j => j with { Name = "renamed 改名 \u0001" });
        }

        using var again = Open();
        var read = again.Jobs.Get(job.Id)!;
        Assert.Equal(2, read.Revision);
        Assert.Equal("renamed 改名 \u0001", read.Name);
        Assert.Equal("nll", read.Recipe.MethodOptions["loss_type"]!.GetValue<string>());
        Assert.Equal(0.5, read.Data[0].Weight);
        Assert.Equal(job.CreatedAt, read.CreatedAt);
    }

    [Fact]
    public void A_second_writer_with_an_old_revision_is_told_so()
    {
        using var database = Open();
        var first = database.Settings.Insert(Records.Setting("theme"));
        Assert.True(database.Settings.TryReplace(first with { Json = "2" }, out var second));
        Assert.False(database.Settings.TryReplace(first with { Json = "3" }, out var current));
        Assert.Equal(second, current);
        Assert.Equal("2", database.Settings.Get("theme")!.Json);
    }

    [Fact]
    public void Inserting_an_id_twice_is_refused()
    {
        using var database = Open();
        database.Settings.Insert(Records.Setting("a"));
        Assert.Throws<InvalidOperationException>(() => database.Settings.Insert(Records.Setting("a", "2")));
        Assert.Equal("1", database.Settings.Get("a")!.Json);
    }

    [Fact]
    public void Lists_are_in_order_of_time_then_of_insertion_and_page_by_id()
    {
        using var database = Open();
        foreach (var (id, minutes) in new[] { ("b", 0), ("a", 0), ("d", 2), ("c", 1) })
        {
            database.Settings.Insert(Records.Setting(id) with { CreatedAt = Records.Start.AddMinutes(minutes) });
        }

        Assert.Equal(["d", "c", "a", "b"], database.Settings.List().Select(s => s.Id));
        Assert.Equal(["b", "a", "c", "d"], database.Settings.List(newestFirst: false).Select(s => s.Id));
        Assert.Equal(["c", "a"], database.Settings.List(after: "d", limit: 2).Select(s => s.Id));
        Assert.Equal(["a"], database.Settings.List(s => s.Id == "a").Select(s => s.Id));
    }

    [Fact]
    public void Changes_are_announced_and_a_change_to_itself_writes_nothing()
    {
        using var database = Open();
        List<string> seen = [];
        database.Settings.Changed += seen.Add;
        database.Settings.Insert(Records.Setting("a"));
        database.Settings.Update("a", s => s);
        database.Settings.Update("a", s => s with { Json = "2" });
        database.Settings.Delete("a");
        Assert.False(database.Settings.Delete("a"));
        Assert.Null(database.Settings.Update("a", s => s));
        Assert.Equal(["a", "a", "a"], seen);
    }

    [Fact]
    public void Threads_that_update_at_once_lose_nothing()
    {
        using var database = Open();
        database.Settings.Insert(Records.Setting("counter", "0"));
        Parallel.For(0, 200, _ => database.Settings.Update("counter", s => s with { Json = (int.Parse(s.Json) + 1).ToString() }));
        Assert.Equal("200", database.Settings.Get("counter")!.Json);
        Assert.Equal(201, database.Settings.Get("counter")!.Revision);
    }

    [Fact]
    public void A_second_process_is_refused_and_told_who_has_the_store()
    {
        using var database = Open();
        var refused = Assert.Throws<StoreLockedException>(Open);
        Assert.Equal(Environment.ProcessId, refused.Holder!.ProcessId);
        Assert.Equal(Records.Start, refused.Holder.Since);
        Assert.Contains(Environment.MachineName, refused.Message);
    }

    [Fact]
    public void What_was_acknowledged_survives_a_killed_process()
    {
        using var database = Open();
        for (var i = 0; i < 30; i++)
        {
            database.Settings.Insert(Records.Setting($"s{i}", i.ToString()));
            if (i % 10 == 9)
            {
                // The files as a killed process leaves them: nothing was closed or flushed.
                var copy = Path.Combine(folder.Path, $"killed-{i}.db");
                Copy(StorePath, copy);
                Copy(LiteStudioDatabase.LogPath(StorePath), LiteStudioDatabase.LogPath(copy));
                using var after = LiteStudioDatabase.Open(copy, time);
                Assert.Equal(i + 1, after.Settings.List().Count);
                Assert.Empty(after.Damaged);
            }
        }
    }

    [Fact]
    public void A_disk_that_fails_at_any_call_leaves_the_state_before_or_after()
    {
        for (var failAt = 1; ; failAt++)
        {
            MemoryStream data = new(), log = new();
            var plan = new FaultyStream.Plan(failAt);
            Dictionary<string, string> acknowledged = [];
            string? uncertain = null;
            try
            {
                using var database = LiteStudioDatabase.Open(() => (new FaultyStream(data, plan), new FaultyStream(log, plan)));
                for (var i = 0; i < 12; i++)
                {
                    uncertain = $"s{i % 5}={i}";
                    if (database.Settings.Get($"s{i % 5}") is null)
                    {
                        database.Settings.Insert(Records.Setting($"s{i % 5}", i.ToString()));
                    }
                    else
                    {
                        database.Settings.Update($"s{i % 5}", s => s with { Json = i.ToString() });
                    }

                    acknowledged[$"s{i % 5}"] = i.ToString();
                    uncertain = null;
                    if (i == 6)
                    {
                        database.Checkpoint();
                    }
                }
            }
            catch (StoreException)
            {
            }
            catch (Exception fault) when (fault is IOException or LiteException)
            {
                // The disk failed while the store was being made: nothing was acknowledged.
                Assert.Empty(acknowledged);
            }

            if (acknowledged.Count > 0 || uncertain is not null)
            {
                var (dataAfter, logAfter) = (new MemoryStream(), new MemoryStream());
                data.WriteTo(dataAfter);
                log.WriteTo(logAfter);
                using var after = LiteStudioDatabase.Open(() => (dataAfter, logAfter));
                Assert.Empty(after.Damaged);
                foreach (var (id, value) in acknowledged)
                {
                    var read = after.Settings.Get(id)?.Json;
                    Assert.True(read == value || $"{id}={read}" == uncertain, $"fail at {failAt}: {id} was acknowledged as {value} and is {read ?? "gone"}");
                }
            }

            if (!plan.Failed)
            {
                Assert.Equal(5, acknowledged.Count);
                break;
            }
        }
    }

    [Fact]
    public void A_changed_record_is_reported_and_not_served()
    {
        using (var database = Open())
        {
            database.Settings.Insert(Records.Setting("good"));
            database.Settings.Insert(Records.Setting("bad", "secret-value"));
        }

        using (var raw = new LiteDatabase(StorePath))
        {
            var collection = raw.GetCollection("settings");
            var document = collection.FindById("bad");
            document["body"] = document["body"].AsString.Replace("secret-value", "forged-value");
            collection.Update(document);
        }

        using var again = Open();
        Assert.Null(again.Settings.Get("bad"));
        Assert.NotNull(again.Settings.Get("good"));
        var damaged = Assert.Single(again.Damaged);
        Assert.Equal(("settings", "bad"), (damaged.Collection, damaged.Id));
    }

    [Fact]
    public void A_damaged_file_says_so_and_offers_the_newest_copy_which_restores_it()
    {
        string copy;
        using (var database = Open())
        {
            database.Settings.Insert(Records.Setting("kept"));
            copy = StoreCopies.Write(database, StorePath, time);
        }

        File.WriteAllBytes(StorePath, Encoding.UTF8.GetBytes(new string('x', 40_000)));
        var fault = Assert.Throws<StoreCorruptException>(Open);
        Assert.Equal(copy, fault.NewestCopy);
        Assert.Contains(copy, fault.Message);

        StoreCopies.Restore(StorePath, copy);
        using var restored = Open();
        Assert.NotNull(restored.Settings.Get("kept"));
        Assert.True(File.Exists(StorePath + ".damaged"));
    }

    [Fact]
    public void Seven_copies_are_kept_and_a_broken_one_is_not_offered()
    {
        using var database = Open();
        database.Settings.Insert(Records.Setting("a"));
        List<string> written = [];
        for (var night = 0; night < 9; night++)
        {
            time.Advance(TimeSpan.FromDays(1));
            written.Add(StoreCopies.Write(database, StorePath, time));
        }

        Assert.Equal(written.Skip(2).Reverse(), StoreCopies.List(StorePath));
        File.WriteAllText(written[^1], "broken");
        Assert.Equal(written[^2], StoreCopies.NewestGood(StorePath));
        Assert.Empty(Directory.GetFiles(StoreCopies.FolderOf(StorePath), "*.partial"));
    }

    [Fact]
    public void A_migration_runs_once_after_a_copy_and_a_newer_store_is_refused()
    {
        using (var database = Open())
        {
            database.Settings.Insert(Records.Setting("a"));
        }

        var runs = 0;
        IReadOnlyList<Migration> next = [.. Migrations.All, new Migration(Migrations.All[^1].To + 1, "test", file =>
        {
            runs++;
            file.GetCollection("migrated").Insert(new BsonDocument { ["_id"] = 1 });
        })];
        LiteStudioDatabase.Open(StorePath, time, next).Dispose();
        LiteStudioDatabase.Open(StorePath, time, next).Dispose();
        Assert.Equal(1, runs);
        Assert.True(File.Exists(Path.Combine(StoreCopies.FolderOf(StorePath), $"before-schema-{next[^1].To}.db")));
        Assert.Contains("newer", Assert.Throws<StoreException>(Open).Message);
    }

    [Fact]
    public void Bytes_changed_anywhere_never_give_a_wrong_record()
    {
        using (var database = Open())
        {
            for (var i = 0; i < 60; i++)
            {
                database.Settings.Insert(Records.Setting($"s{i}", new string((char)('a' + (i % 26)), 400)));
            }
        }

        var whole = File.ReadAllBytes(StorePath);
        var random = new Random(5);
        for (var round = 0; round < 40; round++)
        {
            var broken = whole.ToArray();
            var at = random.Next(broken.Length);
            random.NextBytes(broken.AsSpan(at, Math.Min(random.Next(1, 600), broken.Length - at)));
            var path = Path.Combine(folder.Path, $"broken-{round}.db");
            File.WriteAllBytes(path, broken);
            try
            {
                using var database = LiteStudioDatabase.Open(path, time);
                Assert.All(database.Settings.List(), s => Assert.Equal(new string((char)('a' + (int.Parse(s.Id[1..]) % 26)), 400), s.Json));
            }
            catch (StoreException)
            {
                // Said clearly: nothing wrong was served.
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(8191)]
    public void A_store_cut_short_is_not_taken_for_a_new_one(int bytes)
    {
        using (var database = Open())
        {
            database.Settings.Insert(Records.Setting("a"));
        }

        File.WriteAllBytes(StorePath, File.ReadAllBytes(StorePath)[..bytes]);
        Assert.Throws<StoreCorruptException>(Open);
    }

    [Fact]
    public void The_store_opens_again_after_a_refused_start()
    {
        File.WriteAllText(StorePath, "not a store, but long enough to be looked at: " + new string('y', 9000));
        Assert.Throws<StoreCorruptException>(Open);
        File.Delete(StorePath);
        using var database = Open();
        Assert.Empty(database.Settings.List());
    }

    private LiteStudioDatabase Open() => LiteStudioDatabase.Open(StorePath, time);

    private static void Copy(string from, string to)
    {
        if (!File.Exists(from))
        {
            return;
        }

        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = File.Create(to);
        source.CopyTo(target);
    }
}
