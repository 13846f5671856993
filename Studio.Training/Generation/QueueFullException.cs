namespace Studio.Training.Generation;

/// <summary>More requests wait than the engine accepts; the client should try again in a moment.</summary>
public sealed class QueueFullException(int waiting) : Exception($"{waiting} requests are waiting already; try again in a moment.");
