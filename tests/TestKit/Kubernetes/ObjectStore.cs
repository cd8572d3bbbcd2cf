// What the fake API server has instead of etcd: the objects, one count of changes for all of them, and the changes since the last compaction.
// Any thread; one lock. Tests may write to it directly, past tokens, verbs and faults.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

public sealed class ObjectStore(ResourceVersions versions)
{
    private const long FirstVersion = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(ResourceKind, string Namespace, string Name), StoredObject> _objects = [];
    private readonly List<StoredChange> _changes = [];
    private readonly Dictionary<string, (long Version, StoredObject[] Items)> _lists = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = FirstVersion;
    private long _forgotten = FirstVersion; // changes up to here are not known any more

    public ResourceVersions Versions { get; } = versions;

    /// <summary>Of the last change of any object.</summary>
    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    public StoredObject? Find(ResourceKind kind, string scope, string name)
    {
        lock (_lock)
        {
            return _objects.GetValueOrDefault((kind, scope, name));
        }
    }

    public StoredObject Get(ResourceKind kind, string scope, string name) => Find(kind, scope, name) ?? throw new ApiException(ApiStatus.NotFound(kind, name));

    /// <summary>Those that match, sorted, and the version of which this is the state.</summary>
    public (long Version, StoredObject[] Items) List(Predicate<StoredObject> matches)
    {
        lock (_lock)
        {
            return (_version, [.. _objects.Values.Where(item => matches(item)).OrderBy(item => item.Key, StringComparer.Ordinal)]);
        }
    }

    /// <summary>Keeps the rest of a list under a name for the request that goes on with it.</summary>
    public string Continue(long version, StoredObject[] rest)
    {
        string name = Guid.NewGuid().ToString("N");
        lock (_lock)
        {
            _lists[name] = (version, rest);
        }

        return name;
    }

    public (long Version, StoredObject[] Items) ContinueWith(string name)
    {
        lock (_lock)
        {
            return _lists.Remove(name, out (long, StoredObject[]) list) ? list : throw new ApiException(new ApiStatus(410, "Expired",
                "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter."));
        }
    }

    public StoredObject Create(ResourceKind kind, string scope, JsonObject json)
    {
        lock (_lock)
        {
            string name = NameOf(json) ?? throw new ApiException(ApiStatus.Invalid($"{kind.Kind}.{kind.Group} \"\" is invalid: metadata.name: Required value: name or generateName is required"));
            if (_objects.ContainsKey((kind, scope, name)))
            {
                throw new ApiException(ApiStatus.AlreadyExists(kind, name));
            }

            JsonObject created = (JsonObject)json.DeepClone();
            JsonObject metadata = created["metadata"]!.AsObject();
            metadata["namespace"] = scope;
            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
            metadata["generation"] = 1;
            return Write("ADDED", new StoredObject(kind, scope, name, 0, created));
        }
    }

    /// <summary>Writes what the function makes of a copy of the present state; nothing happens where that changes nothing.</summary>
    /// <param name="isStatus">Only the member status is written; else everything but that, where the kind has the path of its own.</param>
    public StoredObject Update(ResourceKind kind, string scope, string name, Func<JsonObject, JsonObject> change, bool isStatus = false)
    {
        lock (_lock)
        {
            StoredObject old = Get(kind, scope, name);
            JsonObject wanted = change(old.Copy());
            if (wanted["metadata"]?["resourceVersion"] is { } asked && (string?)asked is { Length: > 0 } text && text != Versions.Show(old.Version))
            {
                throw new ApiException(ApiStatus.Conflict(kind, name));
            }

            JsonObject result = isStatus ? old.Copy() : (JsonObject)wanted.DeepClone();
            if (isStatus || kind.HasStatus)
            {
                Take(result, isStatus ? wanted : old.Json, "status");
            }

            KeepIdentity(result, old.Json);
            if (JsonNode.DeepEquals(result, old.Json))
            {
                return old;
            }

            if (!JsonNode.DeepEquals(result["spec"], old.Json["spec"]))
            {
                result["metadata"]!["generation"] = (long)(old.Json["metadata"]!["generation"] ?? 0) + 1;
            }

            return Write("MODIFIED", old with { Json = result });
        }
    }

    /// <summary>Creates it or puts this in its place, status included, whatever was there. For tests.</summary>
    public StoredObject Put(ResourceKind kind, string scope, JsonObject json)
    {
        lock (_lock)
        {
            string name = NameOf(json)!;
            if (Find(kind, scope, name) is not { } old)
            {
                return Create(kind, scope, json);
            }

            JsonObject fresh = (JsonObject)json.DeepClone();
            KeepIdentity(fresh, old.Json);
            return Write("MODIFIED", old with { Json = fresh });
        }
    }

    public StoredObject Delete(ResourceKind kind, string scope, string name)
    {
        lock (_lock)
        {
            StoredObject old = Get(kind, scope, name);
            _objects.Remove((kind, scope, name));
            return Write("DELETED", old with { Json = old.Copy() });
        }
    }

    /// <summary>Forgets every change so far and every list under way, as etcd does after five minutes.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _changes.Clear();
            _lists.Clear();
            _forgotten = _version;
        }
    }

    /// <summary>The same objects under versions that begin anew, as after a restore from a backup: what clients remember is of a future that never came.</summary>
    public void StartOver()
    {
        lock (_lock)
        {
            Compact();
            _version = _forgotten = FirstVersion / 2;
            foreach (StoredObject item in _objects.Values.ToArray())
            {
                Write("ADDED", item with { Json = item.Copy() });
            }

            Compact();
        }
    }

    /// <summary>The changes after a version, and what tells of the next. Null: the version is older than what is known.</summary>
    public (StoredChange[] Changes, long Version, Task Next)? After(long version)
    {
        lock (_lock)
        {
            // Versions rise by one with each change, and each is in the list.
            return version < _forgotten ? null : ([.. _changes.Skip((int)(version - _forgotten))], _version, _changed.Task);
        }
    }

    private StoredObject Write(string type, StoredObject item)
    {
        item.Json["apiVersion"] ??= item.Kind.GroupVersion;
        item.Json["kind"] ??= item.Kind.Kind;
        item.Json["metadata"]!["resourceVersion"] = Versions.Show(++_version);
        item = item with { Version = _version, Json = (JsonObject)JsonNode.Parse(item.Json.ToJsonString())! }; // numbers then read as any type they fit
        if (type != "DELETED")
        {
            _objects[(item.Kind, item.Namespace, item.Name)] = item;
        }

        _changes.Add(new StoredChange(type, item));
        TaskCompletionSource told = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
        return item;
    }

    private static void KeepIdentity(JsonObject json, JsonObject old)
    {
        if (json["metadata"] is not JsonObject metadata)
        {
            json["metadata"] = metadata = [];
        }

        foreach (string member in (string[])["namespace", "name", "uid", "creationTimestamp", "generation", "resourceVersion"])
        {
            Take(metadata, old["metadata"]!.AsObject(), member);
        }
    }

    private static void Take(JsonObject into, JsonObject from, string member)
    {
        if (from[member] is { } value)
        {
            into[member] = value.DeepClone();
        }
        else
        {
            into.Remove(member);
        }
    }

    private static string? NameOf(JsonObject json) => (string?)json["metadata"]?["name"];
}
