using System.Threading.Channels;
using Studio.Data.Registry;
using Studio.Data.Store;

namespace Studio.Web.Release;

/// <summary>Keeps passports up to date in the background: at start those that lack one, later those whose evaluations, policy or override changed.</summary>
public sealed class PassportRenewal(StudioDatabase database, PolicyBook policies, Passports passports, StudioPaths paths, ILogger<PassportRenewal> logger) : BackgroundService
{
    private readonly Channel<string> waiting = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        _ = policies.Current;
        database.Evaluations.Changed += OnEvaluation;
        database.Policies.Changed += OnPolicy;
        try
        {
            foreach (var adapter in database.Adapters.List(a => !File.Exists(Path.Combine(paths.Resolve(a.Folder), Passport.FileName))))
            {
                waiting.Writer.TryWrite(adapter.Id);
            }

            await foreach (var adapterId in waiting.Reader.ReadAllAsync(stoppingToken))
            {
                Renew(adapterId);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start renews what is missing.
        }
        finally
        {
            database.Evaluations.Changed -= OnEvaluation;
            database.Policies.Changed -= OnPolicy;
        }
    }

    private void Renew(string adapterId)
    {
        try
        {
            passports.Renew(adapterId);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or StoreException or InvalidDataException or FormatException)
        {
            logger.LogError("The passport of {AdapterId} could not be renewed: {Reason}", adapterId, fault.Message);
        }
    }

    private void OnEvaluation(string id)
    {
        if (database.Evaluations.Get(id) is not { Result: { } result } evaluation)
        {
            return;
        }

        foreach (var adapter in database.Adapters.List(a => a.Id == evaluation.AdapterId || a.Sha256 == result.AdapterSha256))
        {
            waiting.Writer.TryWrite(adapter.Id);
        }
    }

    private void OnPolicy(string id)
    {
        foreach (var adapter in database.Adapters.List())
        {
            waiting.Writer.TryWrite(adapter.Id);
        }
    }
}
