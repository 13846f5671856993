using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>A module that only gives its members a place in the names of the checkpoint.</summary>
public sealed class Container : nn.Module
{
    private readonly Dictionary<string, Container> inner = new(StringComparer.Ordinal);

    public Container() : base(nameof(Container))
    {
    }

    /// <summary>Registers <paramref name="member"/> under a dotted path below <paramref name="root"/>, making the containers on the way.</summary>
    public static void Place(nn.Module root, Dictionary<string, Container> tops, string path, nn.Module member)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            root.register_module(path, member);
            return;
        }

        if (!tops.TryGetValue(path[..dot], out var next))
        {
            next = new Container();
            tops.Add(path[..dot], next);
            root.register_module(path[..dot], next);
        }

        Place(next, next.inner, path[(dot + 1)..], member);
    }
}
