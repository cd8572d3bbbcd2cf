// A directory of its own for one test or one class, with the few ways in which configuration files change. Owns the
// directory; deletes it in the end.

namespace OpenClaw.TestKit;

public sealed class TestFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("openclaw-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Root, name);

    /// <summary>Writes in place, as an editor without a swap file does. Returns the path.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(Path(name), content);
        return Path(name);
    }

    /// <summary>Puts a new file in the place of the old one in one step.</summary>
    public string Replace(string name, string content)
    {
        File.WriteAllText(Path(name + ".new"), content);
        File.Move(Path(name + ".new"), Path(name), overwrite: true);
        return Path(name);
    }

    /// <summary>
    /// Lays files out as a mounted ConfigMap has them (name -> ..data/name, ..data -> ..N), or swaps their content as the kubelet
    /// does: a new directory, and ..data renamed over in one step. Returns the directory.
    /// </summary>
    public string Mount(string volume, params (string Name, string Content)[] files)
    {
        string directory = Directory.CreateDirectory(Path(volume)).FullName;
        string fresh = "..content_" + Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(System.IO.Path.Combine(directory, fresh));
        foreach ((string name, string content) in files)
        {
            File.WriteAllText(System.IO.Path.Combine(directory, fresh, name), content);
        }

        string data = System.IO.Path.Combine(directory, "..data");
        string? old = new FileInfo(data).LinkTarget;
        File.CreateSymbolicLink(data + "_tmp", fresh);
        Libc.Rename(data + "_tmp", data);
        foreach ((string name, _) in files)
        {
            string link = System.IO.Path.Combine(directory, name);
            if (new FileInfo(link).LinkTarget is null)
            {
                File.CreateSymbolicLink(link, System.IO.Path.Combine("..data", name));
            }
        }

        if (old is not null)
        {
            Directory.Delete(System.IO.Path.Combine(directory, old), recursive: true);
        }

        return directory;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A process that is just ending may still write there; a directory left in /tmp fails no test.
        }
    }
}
