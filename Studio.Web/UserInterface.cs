using System.Globalization;
using Microsoft.AspNetCore.Localization;
using MudBlazor;
using MudBlazor.Services;
using Studio.Web.Layout;

namespace Studio.Web;

/// <summary>What the pages need from the host: services, languages, style sheet, components.</summary>
public static class UserInterface
{
    public static IReadOnlyList<CultureInfo> Cultures { get; } = [CultureInfo.GetCultureInfo("en"), CultureInfo.GetCultureInfo("zh-Hans")];

    public static void AddUserInterface(this WebApplicationBuilder builder)
    {
        // Styles and scripts of packages are found beside the build too, not only after a publish.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddPages();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddHttpContextAccessor();
        builder.Services.Configure<RequestLocalizationOptions>(options =>
        {
            options.DefaultRequestCulture = new RequestCulture("en");
            options.SupportedCultures = [.. Cultures];
            options.SupportedUICultures = [.. Cultures];
            options.ApplyCurrentCultureToResponseHeaders = true;
        });
    }

    /// <summary>What components inject.</summary>
    internal static void AddPages(this IServiceCollection services)
    {
        services.AddLocalization();
        services.AddMudServices(options =>
        {
            options.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            options.SnackbarConfiguration.VisibleStateDuration = 5000;
            options.SnackbarConfiguration.ShowTransitionDuration = 150;
            options.SnackbarConfiguration.HideTransitionDuration = 150;
        });
        services.AddScoped<ClientTime>();
        services.AddScoped<Breadcrumb>();
        services.AddSingleton<Pages.Home.SampleFlow>();
        services.AddSingleton<Pages.Data.RowPreviews>();
        services.AddSingleton<Pages.Train.Drafts>();
        services.AddSingleton<Pages.Train.DraftChecks>();
    }

    /// <summary>Call before routing and authentication.</summary>
    public static void UseUserInterface(this WebApplication app)
    {
        app.UseRequestLocalization();
        app.UseWhen(
            context => !context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/v1"),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found"));
    }

    public static void MapUserInterface(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapGet("/theme.css", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public,max-age=31536000,immutable";
            return Results.Text(Theme.Css, "text/css");
        }).AllowAnonymous().ExcludeFromDescription();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
