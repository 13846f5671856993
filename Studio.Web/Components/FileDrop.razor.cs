using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>A file arrived at the server, and what the server answered (its JSON).</summary>
/// <param name="Last">No other file is on its way.</param>
public sealed record Uploaded(string FileName, long Bytes, string Answer, bool Last);

/// <summary>
/// Drop zone and file chooser. Files go to the server over HTTP as multipart form data (field <c>file</c>), not through the circuit, with progress; a lost circuit does not stop them.
/// </summary>
public sealed partial class FileDrop : IAsyncDisposable
{
    private static int made;

    private readonly string id = FormattableString.Invariant($"file-{Interlocked.Increment(ref made)}");
    private readonly List<Upload> uploads = [];
    private ElementReference zone;
    private IJSObjectReference? module;
    private IJSObjectReference? handle;
    private DotNetObjectReference<FileDrop>? self;

    /// <summary>Where the files are posted to, e.g. <c>/api/datasets</c>.</summary>
    [Parameter, EditorRequired]
    public string Address { get; set; } = "";

    /// <summary>Further form fields.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, string>? Fields { get; set; }

    /// <summary>Endings or types, as the browser's file chooser wants them.</summary>
    [Parameter]
    public string Accept { get; set; } = ".jsonl,.json,.csv,.tsv,.txt,.md";

    [Parameter]
    public bool Multiple { get; set; } = true;

    /// <summary>Files dropped anywhere on the page count.</summary>
    [Parameter]
    public bool WholePage { get; set; }

    [Parameter]
    public bool Compact { get; set; }

    [Parameter]
    public bool Disabled { get; set; }

    [Parameter]
    public string? Title { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    [Parameter]
    public EventCallback<Uploaded> OnUploaded { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        self = DotNetObjectReference.Create(this);
        module = await Js.InvokeAsync<IJSObjectReference>("import", "/upload.js");
        handle = await module.InvokeAsync<IJSObjectReference>("attach", zone, self, new { address = Address, fields = Fields, wholePage = WholePage });
    }

    [JSInvokable]
    public void Started(string key, string name, long total)
    {
        uploads.Add(new Upload(key, name) { Total = total });
        StateHasChanged();
    }

    [JSInvokable]
    public void Moved(string key, long loaded, long total, double rate)
    {
        if (Find(key) is { } upload)
        {
            (upload.Loaded, upload.Total, upload.Rate) = (loaded, total, rate);
            StateHasChanged();
        }
    }

    [JSInvokable]
    public async Task Done(string key, string answer)
    {
        if (Find(key) is { } upload)
        {
            uploads.Remove(upload);
            StateHasChanged();
            await OnUploaded.InvokeAsync(new Uploaded(upload.Name, upload.Total, answer, uploads.TrueForAll(u => u.Fault is not null)));
        }
    }

    /// <param name="status">HTTP status; 0 when the connection broke.</param>
    [JSInvokable]
    public void Failed(string key, int status, string message)
    {
        if (Find(key) is { } upload)
        {
            upload.Fault = message.Length > 0 ? message : status == 413 ? L["drop.too_large"] : L["drop.failed"];
            StateHasChanged();
        }
    }

    private Upload? Find(string key) => uploads.Find(u => u.Key == key);

    private async Task CancelAsync(Upload upload)
    {
        uploads.Remove(upload);
        if (handle is not null)
        {
            await handle.InvokeVoidAsync("cancel", upload.Key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await BrowserParts.ReleaseAsync(handle, module);
        self?.Dispose();
    }

    private sealed class Upload(string key, string name)
    {
        public string Key { get; } = key;

        public string Name { get; } = name;

        public long Loaded { get; set; }

        public long Total { get; set; }

        /// <summary>Bytes per second.</summary>
        public double Rate { get; set; }

        public string? Fault { get; set; }
    }
}
