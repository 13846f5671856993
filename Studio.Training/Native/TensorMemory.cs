using System.Runtime.InteropServices;
using TorchSharp;

namespace Studio.Training.Native;

/// <summary>The bytes behind a CPU tensor, without the 2 GiB limit of a span.</summary>
public static unsafe class TensorMemory
{
    private static delegate* unmanaged<IntPtr, void**, int> dataPointer;

    /// <summary>Address of the first element; valid while <paramref name="tensor"/> lives. The tensor must be contiguous and on the CPU.</summary>
    public static byte* Address(torch.Tensor tensor)
    {
        if (dataPointer is null)
        {
            dataPointer = (delegate* unmanaged<IntPtr, void**, int>)NativeLibrary.GetExport(TorchRuntime.TorchCpu, "aoti_torch_get_data_ptr");
        }

        void* address;
        if (dataPointer(tensor.Handle, &address) != 0)
        {
            throw new ExternalException("libtorch gave no address for a tensor");
        }

        GC.KeepAlive(tensor);
        return (byte*)address;
    }

    /// <summary>Bytes of all elements.</summary>
    public static long Length(torch.Tensor tensor) => tensor.numel() * tensor.element_size();
}
