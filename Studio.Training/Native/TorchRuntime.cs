using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Native;

/// <summary>Loads libtorch, sets threads and allocator, and chooses device and number type of the base model.</summary>
public static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static bool loaded;

    /// <summary>Handle of libtorch_cpu, for operators that TorchSharp does not bind; zero before <see cref="Load"/>.</summary>
    internal static IntPtr TorchCpu { get; private set; }

    /// <summary>One line per decision of <see cref="Load"/>: which libraries, how many threads.</summary>
    public static IReadOnlyList<string> Notes => notes;

    private static readonly List<string> notes = [];

    /// <summary>
    /// Loads the native libraries; must run before the first use of TorchSharp, and does its work once per process.
    /// </summary>
    /// <param name="threads">Threads inside one operator; default <c>STUDIO_THREADS</c>, else the processor count.</param>
    /// <exception cref="DllNotFoundException">The native package of this platform is missing from the output folder, or does not load.</exception>
    public static void Load(int? threads = null)
    {
        lock (Gate)
        {
            if (!loaded)
            {
                KeepFreedMemory();
                WaitWithoutSpinning();
                LoadLibraries();
                loaded = true;
                Dispatcher.Start();
            }
            else if (threads is null)
            {
                return;
            }

            var count = threads ?? (int.TryParse(Environment.GetEnvironmentVariable("STUDIO_THREADS"), out var wanted) && wanted > 0 ? wanted : Environment.ProcessorCount);
            set_num_threads(Math.Clamp(count, 1, 1024));
        }
    }

    /// <summary>Chooses where tensors live and says why.</summary>
    /// <param name="wanted"><c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>mps</c>; <c>STUDIO_DEVICE</c> replaces <c>auto</c>.</param>
    /// <exception cref="ArgumentException">The name is unknown or this machine does not have that device.</exception>
    public static Device ChooseDevice(string wanted, Action<string> log)
    {
        Load();
        var asked = wanted;
        if (asked is "auto" or "" && Environment.GetEnvironmentVariable("STUDIO_DEVICE") is { Length: > 0 } named)
        {
            asked = named;
        }

        switch (asked)
        {
            case "auto" or "":
                if (HasCuda())
                {
                    log("device: cuda (a CUDA device is present)");
                    return CUDA;
                }

                if (OperatingSystem.IsMacOS() && mps_is_available())
                {
                    log("device: mps (Apple GPU)");
                    return MPS;
                }

                log("device: cpu (no CUDA device or no CUDA build of libtorch)");
                return CPU;
            case "cpu":
                log("device: cpu (asked for)");
                return CPU;
            case "mps":
                if (!OperatingSystem.IsMacOS() || !mps_is_available())
                {
                    throw new ArgumentException("device mps needs a Mac with an Apple GPU; use --device cpu");
                }

                log("device: mps (asked for)");
                return MPS;
            case not null when asked == "cuda" || asked.StartsWith("cuda:", StringComparison.Ordinal):
                var index = 0;
                if (asked.Length > 5 && !int.TryParse(asked.AsSpan(5), out index))
                {
                    throw new ArgumentException($"device '{asked}' is not cuda:N with a number N");
                }

                if (!HasCuda() || index < 0 || index >= cuda.device_count())
                {
                    throw new ArgumentException($"device {asked} is not available: build with -p:TorchBackend=cuda on a machine with an NVIDIA driver, or use --device cpu");
                }

                log($"device: cuda:{index} (asked for)");
                return new Device(DeviceType.CUDA, index);
            default:
                throw new ArgumentException($"device '{asked}' is unknown: use auto, cpu, cuda, cuda:N or mps");
        }
    }

    /// <summary>Chooses the number type of frozen weights and activations and says why.</summary>
    /// <param name="wanted"><c>auto</c>, <c>bf16</c> or <c>fp32</c>; <c>STUDIO_BASE_TYPE</c> replaces <c>auto</c>. On a CPU <c>auto</c> measures once and remembers.</param>
    public static ScalarType ChooseBaseType(string wanted, Device device, Action<string>? log = null)
    {
        Load();
        var asked = wanted;
        if (asked is "auto" or "" && Environment.GetEnvironmentVariable("STUDIO_BASE_TYPE") is { Length: > 0 } named)
        {
            asked = named;
        }

        switch (asked)
        {
            case "bf16" or "bfloat16":
                log?.Invoke("base type: bf16 (asked for)");
                return ScalarType.BFloat16;
            case "fp32" or "float32":
                log?.Invoke("base type: fp32 (asked for)");
                return ScalarType.Float32;
            case "auto" or "":
                if (device.type == DeviceType.CUDA)
                {
                    log?.Invoke("base type: bf16 (CUDA device)");
                    return ScalarType.BFloat16;
                }

                if (device.type != DeviceType.CPU)
                {
                    log?.Invoke("base type: fp32 (this device has no measured bf16 path)");
                    return ScalarType.Float32;
                }

                var (single, half, remembered) = BaseTypeProbe.Rates();
                var best = half > 1.15 * single ? ScalarType.BFloat16 : ScalarType.Float32;
                log?.Invoke(FormattableString.Invariant(
                    $"base type: {(best == ScalarType.BFloat16 ? "bf16" : "fp32")} (matrix product {(remembered ? "measured before" : "measured now")}: bf16 {half:F0}, fp32 {single:F0} GFLOP/s)"));
                return best;
            default:
                throw new ArgumentException($"base type '{asked}' is unknown: use auto, bf16 or fp32");
        }
    }

    private static bool HasCuda()
    {
        try
        {
            return cuda_is_available();
        }
        catch (Exception e) when (e is DllNotFoundException or NotSupportedException or TypeInitializationException or ExternalException)
        {
            return false;
        }
    }

    private static void LoadLibraries()
    {
        var folders = Folders();
        if (!OperatingSystem.IsLinux())
        {
            TorchCpu = LoadNamed(folders, OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll"] : ["libc10.dylib", "libtorch_cpu.dylib"]);
            notes.Add("libtorch: shipped libraries");
            return;
        }

        TorchCpu = LoadNamed(folders, ["libc10.so", "libtorch_cpu.so"]);
        foreach (var name in (string[])["libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"])
        {
            if (Find(folders, name) is { } path)
            {
                NativeLibrary.TryLoad(path, out _);
            }
        }

        if (Find(folders, "libLibTorchSharp.so") is not { } shipped)
        {
            throw new DllNotFoundException("libLibTorchSharp.so is not in the output folder; restore and build again for linux-x64");
        }

        if (NativeLibrary.TryLoad(shipped, out _))
        {
            notes.Add("libtorch: shipped libraries");
            return;
        }

        var bytes = File.ReadAllBytes(shipped);
        var name2 = "libLibTorchSharp-" + Convert.ToHexStringLower(SHA256.HashData(bytes))[..16] + "-1.so";
        var copy = Path.Combine(UserCache.Folder, name2);
        if (!File.Exists(copy))
        {
            var patched = ElfCopy.WithoutNewestRuntime(bytes)
                ?? throw new DllNotFoundException("libLibTorchSharp.so does not load on this system and is not of the kind that a copy can fix; a C++ runtime with GLIBCXX_3.4.32 is needed");
            copy = UserCache.Write(name2, patched);
        }

        NativeLibrary.Load(copy);
        notes.Add($"libtorch: a copy of libLibTorchSharp.so without the newest C++ runtime version ({copy})");
    }

    private static IntPtr LoadNamed(IReadOnlyList<string> folders, string[] names)
    {
        var handle = IntPtr.Zero;
        foreach (var name in names)
        {
            var path = Find(folders, name) ?? throw new DllNotFoundException($"{name} is not in the output folder; restore and build again for this platform");
            handle = NativeLibrary.Load(path);
        }

        return handle;
    }

    private static string? Find(IReadOnlyList<string> folders, string name) => folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);

    private static IReadOnlyList<string> Folders()
    {
        var listed = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var chip = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        return [.. listed, AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", $"{system}-{chip}", "native")];
    }

    // Freed blocks stay with the process: without this, every large temporary of a training step is page-faulted in again.
    private static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("STUDIO_KEEP_MEMORY") == "0")
        {
            return;
        }

        try
        {
            const int TrimThreshold = -1, TopPad = -2, MmapMax = -4, ArenaMax = -8;
            _ = mallopt(MmapMax, 0);
            _ = mallopt(TrimThreshold, int.MaxValue);
            _ = mallopt(TopPad, 256 << 20);
            // One arena: the model runs on one thread, and a second arena would keep its own idle memory.
            _ = mallopt(ArenaMax, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without these knobs (musl) keeps its own policy.
        }
    }

    /// <summary>
    /// Threads of OpenMP that spin at a barrier steal the cores from everything else: on a busy machine that makes training many times slower. Must be in the native environment before the library loads.
    /// </summary>
    private static void WaitWithoutSpinning()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
        }
    }

    [DllImport("libc", EntryPoint = "setenv"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport("libc", EntryPoint = "mallopt"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);
}
