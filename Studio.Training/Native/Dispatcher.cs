using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Native;

/// <summary>
/// Operators that TorchSharp does not bind, called through libtorch's stable C interface: each wrapped once, typed, proved by a small run at start, with plain operators as the fallback.
/// </summary>
public static unsafe class Dispatcher
{
    // Version of the interface these calls were written for: libtorch 2.10.
    private const ulong InterfaceVersion = (2UL << 56) | (10UL << 48);

    private static delegate* unmanaged<byte*, byte*, ulong*, ulong, int> call;
    private static delegate* unmanaged<IntPtr, IntPtr*, int> newTensorHandle;
    private static delegate* unmanaged<nuint, IntPtr*, int> newList;
    private static delegate* unmanaged<IntPtr, ulong, int> pushBack;

    private static readonly byte[] RmsNormName = "aten::rms_norm\0"u8.ToArray();
    private static readonly byte[] AttentionName = "aten::scaled_dot_product_attention\0"u8.ToArray();
    private static readonly byte[] AdamWName = "aten::_fused_adamw_\0"u8.ToArray();
    private static readonly byte[] NoOverload = [0];

    /// <summary>True where the native root-mean-square norm passed its proof.</summary>
    public static bool HasRmsNorm { get; private set; }

    /// <summary>True where attention with grouped heads passed its proof.</summary>
    public static bool HasAttention { get; private set; }

    /// <summary>True where the fused AdamW step passed its proof.</summary>
    public static bool HasFusedAdamW { get; private set; }

    /// <summary>x / rms(x) * weight over the last dimension, in fp32 inside.</summary>
    /// <param name="x">(..., features)</param>
    /// <param name="weight">(features), or null.</param>
    public static Tensor RmsNorm(Tensor x, Tensor? weight, double eps)
    {
        if (HasRmsNorm)
        {
            var shape = List(1);
            pushBack(shape, (ulong)x.shape[^1]);
            var stack = stackalloc ulong[4];
            stack[0] = Argument(x);
            stack[1] = (ulong)shape;
            stack[2] = Optional(weight);
            stack[3] = Optional(eps);
            Invoke(RmsNormName, stack);
            return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
        }

        return PlainRmsNorm(x, weight, eps);
    }

    /// <summary>x Wᵀ + b.</summary>
    /// <param name="x">(..., in)</param>
    /// <param name="weight">(out, in)</param>
    /// <param name="bias">(out), or null.</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => nn.functional.linear(x, weight, bias!);

    /// <summary>softmax(scale · q kᵀ + mask) v, with several query heads per key head where the counts differ.</summary>
    /// <param name="q">(batch, heads, queries, headDim)</param>
    /// <param name="k">(batch, kvHeads, keys, headDim)</param>
    /// <param name="v">(batch, kvHeads, keys, valueDim)</param>
    /// <param name="mask">Broadcastable to (batch, heads, queries, keys): bool (true = visible) or additive; null with <paramref name="causal"/>.</param>
    public static Tensor ScaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal, double scale)
    {
        if (HasAttention)
        {
            var stack = stackalloc ulong[8];
            stack[0] = Argument(q);
            stack[1] = Argument(k);
            stack[2] = Argument(v);
            stack[3] = Optional(mask);
            stack[4] = BitConverter.DoubleToUInt64Bits(0.0);
            stack[5] = causal ? 1UL : 0UL;
            stack[6] = Optional(scale);
            stack[7] = q.shape[1] == k.shape[1] ? 0UL : 1UL;
            Invoke(AttentionName, stack);
            return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
        }

        return PlainAttention(q, k, v, mask, causal, scale);
    }

    /// <summary>One AdamW step in place over all tensors (fp32, decoupled weight decay).</summary>
    /// <param name="steps">One scalar fp32 tensor per parameter, holding the steps done before this one; advanced by one.</param>
    public static void FusedAdamW(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> squares, IReadOnlyList<Tensor> steps,
        double learningRate, double beta1, double beta2, double weightDecay, double eps)
    {
        using var quiet = no_grad();
        foreach (var step in steps)
        {
            step.add_(Scalars.One);
        }

        if (HasFusedAdamW)
        {
            CallAdamW(parameters, gradients, averages, squares, steps, learningRate, beta1, beta2, weightDecay, eps);
            return;
        }

        using var scope = NewDisposeScope();
        for (var i = 0; i < parameters.Count; i++)
        {
            PlainAdamW(parameters[i], gradients[i], averages[i], squares[i], steps[i].item<float>(), learningRate, beta1, beta2, weightDecay, eps);
        }
    }

    /// <summary>Resolves the entry points and proves each operator on a few numbers.</summary>
    internal static void Start()
    {
        // Cells that the operators free must come from the allocator that they free with; on Windows that is not certain.
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("STUDIO_PLAIN_OPERATORS") == "1")
        {
            return;
        }

        var library = TorchRuntime.TorchCpu;
        if (!NativeLibrary.TryGetExport(library, "torch_call_dispatcher", out var entry)
            || !NativeLibrary.TryGetExport(library, "aoti_torch_new_tensor_handle", out var tensors)
            || !NativeLibrary.TryGetExport(library, "torch_new_list_reserve_size", out var lists)
            || !NativeLibrary.TryGetExport(library, "torch_list_push_back", out var push))
        {
            return;
        }

        call = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)entry;
        newTensorHandle = (delegate* unmanaged<IntPtr, IntPtr*, int>)tensors;
        newList = (delegate* unmanaged<nuint, IntPtr*, int>)lists;
        pushBack = (delegate* unmanaged<IntPtr, ulong, int>)push;

        HasRmsNorm = Proved(() => HasRmsNorm = true, () =>
        {
            var x = (arange(12, dtype: ScalarType.Float32).reshape(3, 4) - 5f.ToScalar()).requires_grad_();
            var w = arange(4, dtype: ScalarType.Float32);
            var y = RmsNorm(x, w, 1e-5);
            y.sum().backward();
            return Close(y, PlainRmsNorm(x, w, 1e-5)) && x.grad is { } g && g.shape[0] == 3;
        });
        HasAttention = Proved(() => HasAttention = true, () =>
        {
            var q = sin(arange(2 * 4 * 3 * 8, dtype: ScalarType.Float32)).reshape(2, 4, 3, 8).requires_grad_();
            var k = cos(arange(2 * 2 * 3 * 8, dtype: ScalarType.Float32)).reshape(2, 2, 3, 8);
            var v = sin(arange(2 * 2 * 3 * 8, dtype: ScalarType.Float32) + 1f.ToScalar()).reshape(2, 2, 3, 8);
            var mask = ones([3, 3], dtype: ScalarType.Bool).tril();
            var y = ScaledDotProductAttention(q, k, v, null, true, 0.3);
            y.sum().backward();
            return q.grad is not null && Close(y, PlainAttention(q, k, v, null, true, 0.3))
                && Close(ScaledDotProductAttention(q, k, v, mask, false, 0.3), PlainAttention(q, k, v, mask, false, 0.3));
        });
        HasFusedAdamW = Proved(() => HasFusedAdamW = true, () =>
        {
            using var quiet = no_grad();
            Tensor[] Fresh(double start) => [(arange(40, dtype: ScalarType.Float32) * 0.01f.ToScalar() + start.ToScalar())];
            Tensor[] p = Fresh(-0.2), g = Fresh(0.1), m = Fresh(0.0), v = Fresh(0.5), s = [ones([], dtype: ScalarType.Float32)];
            Tensor[] p2 = Fresh(-0.2), m2 = Fresh(0.0), v2 = Fresh(0.5);
            CallAdamW(p, g, m, v, s, 1e-2, 0.9, 0.99, 0.1, 1e-8);
            PlainAdamW(p2[0], g[0], m2[0], v2[0], 1f, 1e-2, 0.9, 0.99, 0.1, 1e-8);
            return Close(p[0], p2[0]) && Close(m[0], m2[0]) && Close(v[0], v2[0]);
        });
    }

    private static bool Proved(Action enable, Func<bool> proof)
    {
        try
        {
            using var scope = NewDisposeScope();
            enable();
            return proof();
        }
        catch (ExternalException)
        {
            return false;
        }
    }

    private static bool Close(Tensor a, Tensor b) => a.shape.AsSpan().SequenceEqual(b.shape) && (a.detach() - b.detach()).abs().max().item<float>() < 1e-5f;

    internal static Tensor PlainRmsNorm(Tensor x, Tensor? weight, double eps)
    {
        var wide = x.to_type(ScalarType.Float32);
        var normed = wide * torch.rsqrt(wide.square().mean([-1], keepdim: true).add(Scalars.Of(eps)));
        if (weight is not null)
        {
            normed = normed * weight;
        }

        return normed.to_type(x.dtype);
    }

    private static Tensor PlainAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal, double scale)
    {
        var groups = q.shape[1] / k.shape[1];
        if (groups > 1)
        {
            k = k.repeat_interleave(groups, 1);
            v = v.repeat_interleave(groups, 1);
        }

        var scores = torch.matmul(q, k.transpose(-2, -1)) * Scalars.Of(scale);
        if (causal)
        {
            mask = ones([q.shape[2], k.shape[2]], dtype: ScalarType.Bool, device: q.device).tril();
        }

        if (mask is not null)
        {
            scores = mask.dtype == ScalarType.Bool ? scores.masked_fill(mask.logical_not(), Scalars.MinusInfinity) : scores + mask;
        }

        return torch.matmul(nn.functional.softmax(scores, -1), v);
    }

    private static void CallAdamW(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> squares, IReadOnlyList<Tensor> steps,
        double learningRate, double beta1, double beta2, double weightDecay, double eps)
    {
        var stack = stackalloc ulong[15];
        stack[0] = Tensors(parameters);
        stack[1] = Tensors(gradients);
        stack[2] = Tensors(averages);
        stack[3] = Tensors(squares);
        stack[4] = (ulong)List(0);
        stack[5] = Tensors(steps);
        stack[6] = BitConverter.DoubleToUInt64Bits(learningRate);
        stack[7] = BitConverter.DoubleToUInt64Bits(beta1);
        stack[8] = BitConverter.DoubleToUInt64Bits(beta2);
        stack[9] = BitConverter.DoubleToUInt64Bits(weightDecay);
        stack[10] = BitConverter.DoubleToUInt64Bits(eps);
        stack[11] = 0;
        stack[12] = 0;
        stack[13] = 0;
        stack[14] = 0;
        Invoke(AdamWName, stack);
    }

    private static void PlainAdamW(Tensor p, Tensor g, Tensor m, Tensor v, float step, double learningRate, double beta1, double beta2, double weightDecay, double eps)
    {
        p.mul_(Scalars.Of(1 - learningRate * weightDecay));
        m.mul_(Scalars.Of(beta1)).add_(g, alpha: Scalars.Of(1 - beta1));
        v.mul_(Scalars.Of(beta2)).addcmul_(g, g, Scalars.Of(1 - beta2));
        var size = learningRate / (1 - Math.Pow(beta1, step));
        var root = v.sqrt().div_(Scalars.Of(Math.Sqrt(1 - Math.Pow(beta2, step)))).add_(Scalars.Of(eps));
        p.addcdiv_(m, root, Scalars.Of(-size));
    }

    private static void Invoke(byte[] name, ulong* stack)
    {
        fixed (byte* operatorName = name, overload = NoOverload)
        {
            if (call(operatorName, overload, stack, InterfaceVersion) != 0)
            {
                throw new ExternalException($"libtorch refused {System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0')}");
            }
        }
    }

    // The call takes ownership of its arguments, so it gets a handle of its own.
    private static ulong Argument(Tensor tensor)
    {
        IntPtr handle;
        if (newTensorHandle(tensor.Handle, &handle) != 0)
        {
            throw new ExternalException("libtorch could not take a tensor");
        }

        GC.KeepAlive(tensor);
        return (ulong)handle;
    }

    private static ulong Optional(Tensor? tensor) => tensor is null ? 0UL : Cell(Argument(tensor));

    private static ulong Optional(double value) => Cell(BitConverter.DoubleToUInt64Bits(value));

    private static ulong Cell(ulong value)
    {
        var cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    private static IntPtr List(int size)
    {
        IntPtr list;
        if (newList((nuint)size, &list) != 0)
        {
            throw new ExternalException("libtorch could not make a list");
        }

        return list;
    }

    private static ulong Tensors(IReadOnlyList<Tensor> tensors)
    {
        var list = List(tensors.Count);
        foreach (var tensor in tensors)
        {
            pushBack(list, Argument(tensor));
        }

        return (ulong)list;
    }
}
