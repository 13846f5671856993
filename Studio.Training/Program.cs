Console.WriteLine("verbs follow");
