using Studio.Data.Registry;

namespace Studio.Web.Models;

/// <summary>Registers the bundled models in the background, so that the first page does not wait for it.</summary>
public sealed class BundledModels(BaseModelCatalog catalog, ILogger<BundledModels> logger) : BackgroundService
{
    private volatile bool looked;

    /// <summary>True when every bundled model was looked at and at least one base model can be used, or none is bundled.</summary>
    public bool Ready => looked && (catalog.List() is not { Count: > 0 } models || models.Any(m => m.State == BaseModelState.Ready));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await catalog.RegisterBundledAsync(stoppingToken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or Data.Store.StoreException)
        {
            logger.LogError("The bundled models could not be registered: {Reason}", fault.Message);
        }

        looked = true;
    }
}
