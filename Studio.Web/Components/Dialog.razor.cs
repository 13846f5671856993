using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>A modal dialog of the browser: keeps the focus inside, closes with Esc or a click beside it, and gives the focus back.</summary>
public sealed partial class Dialog : IAsyncDisposable
{
    private ElementReference element;
    private IJSObjectReference? module;
    private bool shown;

    [Parameter]
    public bool Open { get; set; }

    [Parameter]
    public EventCallback<bool> OpenChanged { get; set; }

    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    [Parameter]
    public bool HideTitle { get; set; }

    [Parameter]
    public string? Class { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Buttons at the foot, the main one last.</summary>
    [Parameter]
    public RenderFragment? Actions { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Open == shown)
        {
            return;
        }

        shown = Open;
        module ??= await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
        await module.InvokeVoidAsync(Open ? "openDialog" : "closeDialog", element);
    }

    private async Task CloseAsync()
    {
        if (Open)
        {
            await OpenChanged.InvokeAsync(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (module is not null)
        {
            try
            {
                await module.DisposeAsync();
            }
            catch (JSDisconnectedException)
            {
                // The browser went first.
            }
        }
    }
}
