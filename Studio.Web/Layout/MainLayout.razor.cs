using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

/// <summary>The frame around every page: navigation, top bar, command palette, shortcuts.</summary>
public sealed partial class MainLayout : IAsyncDisposable
{
    private static readonly (string[] Keys, string Text)[] Shortcuts =
    [
        (["Ctrl", "K"], "shortcuts.palette"),
        (["?"], "shortcuts.help"),
        (["Esc"], "shortcuts.close"),
        (["Ctrl", "Enter"], "shortcuts.submit"),
        (["g", "h"], "shortcuts.home"),
        (["g", "d"], "shortcuts.data"),
        (["g", "t"], "shortcuts.train"),
        (["g", "r"], "shortcuts.runs"),
        (["g", "p"], "shortcuts.playground"),
    ];

    private ErrorBoundary? boundary;
    private bool paletteOpen;
    private bool shortcutsOpen;
    private IJSObjectReference? module;
    private DotNetObjectReference<MainLayout>? self;

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ClientTime Time { get; set; } = null!;

    protected override void OnInitialized() => Navigation.LocationChanged += OnMoved;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        self = DotNetObjectReference.Create(this);
        module = await Js.InvokeAsync<IJSObjectReference>("import", "/frame.js");
        Time.SetZone(await module.InvokeAsync<string>("start", self) ?? "");
    }

    [JSInvokable]
    public void OpenPalette()
    {
        paletteOpen = true;
        StateHasChanged();
    }

    [JSInvokable]
    public void OpenShortcuts()
    {
        shortcutsOpen = true;
        StateHasChanged();
    }

    [JSInvokable]
    public void GoTo(string path) => Navigation.NavigateTo(path);

    private void Recover() => boundary?.Recover();

    private void OnMoved(object? sender, LocationChangedEventArgs e)
    {
        boundary?.Recover();
        paletteOpen = false;
    }

    public async ValueTask DisposeAsync()
    {
        Navigation.LocationChanged -= OnMoved;
        self?.Dispose();
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
