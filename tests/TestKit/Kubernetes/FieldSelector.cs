// The field selectors that every kind supports: by name and by namespace. Pure.

namespace OpenClaw.TestKit.Kubernetes;

internal static class FieldSelector
{
    /// <param name="text">Such as metadata.name=a,metadata.namespace!=b; null: everything matches.</param>
    public static Predicate<StoredObject> Parse(string? text)
    {
        List<Predicate<StoredObject>> terms = [];
        foreach (string term in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = term.IndexOf('=');
            if (equals < 1)
            {
                throw new ApiException(ApiStatus.BadRequest($"invalid field selector: '{text}'; can't understand '{term}'"));
            }

            bool isNot = term[equals - 1] == '!';
            string field = term[..(isNot ? equals - 1 : equals)], value = term[(equals + 1)..].TrimStart('=');
            Func<StoredObject, string> read = field switch
            {
                "metadata.name" => item => item.Name,
                "metadata.namespace" => item => item.Namespace,
                _ => throw new ApiException(ApiStatus.BadRequest($"field label not supported: {field}")),
            };
            terms.Add(item => read(item) == value != isNot);
        }

        return item => terms.TrueForAll(term => term(item));
    }
}
