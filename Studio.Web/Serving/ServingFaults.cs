namespace Studio.Web.Serving;

/// <summary>The reasons for which a model does not answer.</summary>
public static class ServingFaults
{
    public static RequestException ModelNotFound(string name) => new(StatusCodes.Status404NotFound, "model_not_found", $"The model '{name}' does not exist or is not ready.") { Param = "model" };

    public static RequestException Busy() => new(StatusCodes.Status429TooManyRequests, "queue_full", "The queue of this model is full. Try again in a moment.") { RetryAfter = 1 };

    public static RequestException WorkerFailed(string reason) => new(StatusCodes.Status503ServiceUnavailable, "worker_unavailable", $"The model could not be served: {reason.TrimEnd('.')}.") { RetryAfter = 5 };
}
