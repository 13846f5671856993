using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Studio.Data.Datasets;

namespace Studio.Web.Api;

/// <summary>A file that came in, with the other fields of its form.</summary>
public sealed record ReceivedFile(UploadedFile File, IReadOnlyDictionary<string, string> Fields);

/// <summary>Reads multipart uploads as a stream: the file goes straight to disk, the fields may stand before or after it.</summary>
public sealed class Uploads(DatasetLibrary datasets, StudioPaths paths, StudioOptions options)
{
    private const int LongestField = 64 << 10;
    private const int MostSections = 32;

    private static readonly string[] Purposes = ["fine-tune", "fine-tune-results", "assistants", "batch", "user_data", "evals", "vision"];

    /// <param name="purpose">Purpose where the form has no such field; null demands the field.</param>
    /// <exception cref="RequestException">400, 413 or 415: what is wrong with the form.</exception>
    public async Task<ReceivedFile> ReceiveAsync(HttpContext context, string? purpose)
    {
        var reader = Open(context);
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        UploadedFile? file = null;
        (string Path, string Name)? waiting = null;
        try
        {
            for (var count = 0; await NextAsync(reader, context.RequestAborted) is { } section; count++)
            {
                if (count == MostSections)
                {
                    throw RequestException.Invalid(null, $"The form has more than {MostSections} fields.");
                }

                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                {
                    throw RequestException.Invalid(null, "A part of the form has no Content-Disposition.");
                }

                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                if (name != "file")
                {
                    fields[name] = await FieldAsync(section.Body, name, context.RequestAborted);
                    continue;
                }

                if (file is not null || waiting is not null)
                {
                    throw RequestException.Invalid("file", "Send one file per request.");
                }

                var fileName = FileName(disposition);
                if (fields.TryGetValue("purpose", out var early) || purpose is not null)
                {
                    file = await StoreAsync(section.Body, fileName, early ?? purpose!, context);
                }
                else
                {
                    // The purpose comes later: the file waits in a scratch folder.
                    waiting = (Path.Combine(paths.NewScratch("upload-"), "file"), fileName);
                    await SpoolAsync(section.Body, waiting.Value.Path, context.RequestAborted);
                }
            }

            if (waiting is { } spooled)
            {
                var given = fields.GetValueOrDefault("purpose") ?? throw RequestException.Invalid("purpose", "Missing required parameter: 'purpose'.", "missing_required_parameter");
                var stream = File.OpenRead(spooled.Path);
                await using (stream.ConfigureAwait(false))
                {
                    file = await StoreAsync(stream, spooled.Name, given, context);
                }
            }
        }
        finally
        {
            if (waiting is { } spooled)
            {
                Directory.Delete(Path.GetDirectoryName(spooled.Path)!, recursive: true);
            }
        }

        return new ReceivedFile(file ?? throw RequestException.Invalid("file", "Missing required parameter: 'file'.", "missing_required_parameter"), fields);
    }

    private async Task<UploadedFile> StoreAsync(Stream body, string fileName, string purpose, HttpContext context)
    {
        if (!Purposes.Contains(purpose))
        {
            throw RequestException.Invalid("purpose", $"'{purpose}' is not a purpose. Use 'fine-tune'.");
        }

        try
        {
            return await datasets.UploadAsync(body, fileName, purpose, Access.AccessSetup.UserId(context.User), null, context.RequestAborted);
        }
        catch (IOException fault) when (fault.Message.Contains("end of stream", StringComparison.OrdinalIgnoreCase) || fault.Message.Contains("Unexpected end", StringComparison.OrdinalIgnoreCase))
        {
            throw RequestException.Invalid("file", "The upload was cut off.");
        }
    }

    /// <summary>Reads a form with one file into a scratch folder, which the caller deletes; nothing is recorded.</summary>
    public async Task<(string Path, IReadOnlyDictionary<string, string> Fields)> ReceiveToScratchAsync(HttpContext context)
    {
        var reader = Open(context);
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        string? path = null;
        try
        {
            for (var count = 0; count < MostSections && await NextAsync(reader, context.RequestAborted) is { } section; count++)
            {
                var name = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) ? HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "" : "";
                if (name == "file" && path is null)
                {
                    path = Path.Combine(paths.NewScratch("verify-"), "file");
                    await SpoolAsync(section.Body, path, context.RequestAborted);
                }
                else if (name.Length > 0 && name != "file")
                {
                    fields[name] = await FieldAsync(section.Body, name, context.RequestAborted);
                }
            }

            return (path ?? throw RequestException.Invalid("file", "Missing required parameter: 'file'.", "missing_required_parameter"), fields);
        }
        catch
        {
            if (path is not null)
            {
                Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
            }

            throw;
        }
    }

    private MultipartReader Open(HttpContext context)
    {
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.UploadLimitBytes + (1 << 20);
        }

        return new MultipartReader(Boundary(context.Request), context.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 << 10 };
    }

    private async Task SpoolAsync(Stream body, string path, CancellationToken cancellation)
    {
        var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await using (target.ConfigureAwait(false))
        {
            var buffer = new byte[128 << 10];
            long total = 0;
            int read;
            while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
            {
                total += read;
                if (total > options.UploadLimitBytes)
                {
                    throw new RequestException(413, "too_large", $"The file is larger than {options.UploadLimitBytes >> 20} MiB. Split it into several files.") { Param = "file" };
                }

                await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellation);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw RequestException.Invalid(null, "The multipart form is damaged or was cut off.", "invalid_multipart");
        }
    }

    private static async Task<string> FieldAsync(Stream body, string name, CancellationToken cancellation)
    {
        var buffer = new byte[LongestField + 1];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return read <= LongestField ? Encoding.UTF8.GetString(buffer, 0, read) : throw RequestException.Invalid(name, $"The field '{name}' is too long.");
    }

    private static string Boundary(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send the file as multipart/form-data.");
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        return boundary is { Length: > 0 and <= 200 } ? boundary : throw RequestException.Invalid(null, "The multipart boundary is missing or too long.", "invalid_multipart");
    }

    private static string FileName(ContentDispositionHeaderValue disposition)
    {
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
        return string.IsNullOrWhiteSpace(name) ? "upload" : name;
    }
}
