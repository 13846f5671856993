using Hangfire;
using Studio.Data.Datasets;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>Imports an uploaded file in the background; the version's record shows how far it is and how it ended.</summary>
public sealed class ImportFile(DatasetLibrary datasets, ILogger<ImportFile> logger)
{
    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string versionId, string? format, Dictionary<string, string>? columns)
    {
        try
        {
            var version = await datasets.RunImportAsync(versionId, new ImportChoice(format, columns), null, CancellationToken.None);
            logger.LogInformation("{File}: {State}, {Rows} rows, {Errors} errors", version.FileName, version.State, version.ValidRows, version.Errors);
        }
        catch (ProblemException refused)
        {
            logger.LogWarning("{Version} was not imported: {Reason}", versionId, refused.Message);
        }
    }
}
