// One browser and one training at a time: these tests share two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
