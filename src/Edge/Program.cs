Console.WriteLine("openclaw-edge");
