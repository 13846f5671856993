using Studio.FakeTrainer;

// Stands in for Studio.Training where the host is tested: same verbs, files, exit codes and worker routes, but no model.
return args switch
{
    ["train", var folder] => await FakeTraining.RunAsync(folder),
    ["evaluate", var folder] => await FakeEvaluation.RunAsync(folder),
    ["prepare", var folder] => await FakePreparation.RunAsync(folder),
    ["inspect", var model] => FakeVerbs.Inspect(model),
    ["check", var folder] => FakeVerbs.Check(folder),
    ["export", var adapter, .. var rest] => FakeVerbs.Export(adapter, rest),
    ["serve", var model, ..] => await FakeWorker.RunAsync(model),
    _ => 2,
};
