using Studio.Web.Access;
using Studio.Web.Machine;

namespace Studio.Web.Api;

/// <summary><c>/api/machine</c>.</summary>
public static class MachineApi
{
    public static void MapMachine(this RouteGroupBuilder api) =>
        api.MapGet("/machine", (MachineState machine) => TypedResults.Ok(machine.Read())).RequireAuthorization(AccessNames.Viewer).WithTags("Machine").WithSummary("Device, memory, disk, what runs");
}
