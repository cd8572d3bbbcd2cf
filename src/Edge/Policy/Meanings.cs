// What each key of the two files means, in one line, for the schemas that editors show. Which keys there are, and of which
// type, the readers say; a test keeps these lines complete and free of others. docs/policy.md says it at length.

using System.Text;

namespace OpenClaw.Edge.Policy;

internal static class Meanings
{
    /// <summary>A key's path, two blanks or more, its meaning. <c>[]</c> and NAME stand for the entries of lists and mappings.</summary>
    private static ReadOnlySpan<byte> Edge => """
        listeners                               where clients connect
        listeners[].address                     HOST:PORT, [V6]:PORT or unix:/PATH; applies at the next start
        listeners[].redirectToHttps             answer plain requests with a redirect to https; applies at the next start
        listeners[].tls                         terminate TLS here
        listeners[].tls.certificates            chosen by the name the client asks for; the first is the default
        listeners[].tls.certificates[].certFile  PEM file of the certificate chain
        listeners[].tls.certificates[].keyFile  PEM file of the private key
        listeners[].tls.minVersion              oldest TLS spoken; applies at the next start
        listeners[].tls.clientAuth              certificates of clients
        listeners[].tls.clientAuth.mode         only none is supported by this release
        listeners[].tls.clientAuth.caFile       without effect while the mode is none
        listeners[].proxyProtocol               what a load balancer says of the client
        listeners[].proxyProtocol.trustedCidrs  without effect while the mode is off
        admin                                   the side port with metrics, health and status, or none
        admin.address                           HOST:PORT or [V6]:PORT; applies at the next start
        admin.tokenFile                         bearer token of the calls that change state
        workers                                 threads; 0: as many as the CPU quota allows; applies at the next start
        versions                                what runs behind this edge, by name
        versions.NAME.endpoints                 where the version runs: http://HOST:PORT or https://HOST:PORT
        versions.NAME.tls                       towards https endpoints
        versions.NAME.tls.caFile                PEM file of the authorities to trust; without it the system's
        versions.NAME.tls.certFile              PEM file of the certificate that the edge shows
        versions.NAME.tls.keyFile               PEM file of its private key
        versions.NAME.tls.serverName            name for SNI and verification; without it the endpoint's host
        stable                                  version that gets what no canary gets; without it the first
        policy                                  path of policy.yaml
        upstream                                how every version is reached, unless it says otherwise
        upstream.healthCheck                    active checks
        upstream.healthCheck.interval           without effect as long as path is not supported
        upstream.healthCheck.timeout            without effect as long as path is not supported
        upstream.healthCheck.healthyThreshold   without effect as long as path is not supported
        upstream.healthCheck.unhealthyThreshold  without effect as long as path is not supported
        upstream.retry                          second attempts
        upstream.retry.attempts                 further attempts for what may be retried
        upstream.retry.canaryToStable           what the canary cannot take goes to stable
        upstream.pool                           connections kept to endpoints
        upstream.pool.maxConnections            to one endpoint, all workers together
        upstream.pool.maxPending                exchanges that may wait for a connection
        upstream.pool.idleTimeout               an unused connection is closed
        upstream.pool.maxAge                    a connection is not reused beyond this age
        upstream.timeouts                       how long an endpoint may take
        upstream.timeouts.connect               until a connection stands
        upstream.timeouts.response              from the request's last byte to the final head
        upstream.timeouts.idle                  between two reads of an answer's body
        limits                                  how much a client may send
        limits.headBytes                        a whole head
        limits.lineBytes                        one line of it; headBytes at most
        limits.fields                           fields of a head
        limits.bodyBytes                        a request's body; 0: no limit
        limits.connections                      downstream connections; 0: no limit
        limits.connectionsPerAddress            downstream connections from one address; 0: no limit
        timeouts                                how long a client may take
        timeouts.head                           until a head is whole
        timeouts.bodyStall                      while a request's body stands still
        timeouts.idle                           between two requests of a connection
        timeouts.writeStall                     while a client reads nothing
        timeouts.handshake                      until TLS stands
        timeouts.drain                          how long SIGTERM waits for what is under way
        forwarded                               what others said of the client
        forwarded.trustedCidrs                  whose X-Forwarded-*, Forwarded and X-Request-Id are believed
        fields                                  what the edge writes into messages
        fields.via                              Via, both ways
        fields.version                          X-OpenClaw-Version, both ways
        fields.rating                           X-OpenClaw-Rating, both ways
        fields.reason                           X-OpenClaw-Reason, to the client
        fields.request                          of requests, on their way to the endpoint
        fields.request.set                      fields to put in place, by name
        fields.request.remove                   names of fields to take out
        fields.response                         of answers, on their way to the client
        fields.response.set                     fields to put in place, by name
        fields.response.remove                  names of fields to take out
        accessLog                               one line a request
        accessLog.path                          off, stdout or a file; applies at the next start
        accessLog.format                        applies at the next start
        kubernetes                              the API server that policies in a cluster are watched at
        kubernetes.api                          http or https URL; without it that of the pod this edge runs in
        kubernetes.caFile                       PEM file of the authorities that may vouch for it
        kubernetes.tokenFile                    the bearer token it is shown, read anew for every list and watch
        kubernetes.namespace                    of the objects; without it that of the pod's service account
        kubernetes.policyConfigMap              ConfigMap that the policy is mounted from: its changes apply at once, not when the kubelet comes round
        kubernetes.policyKey                    the entry that holds the policy
        """u8;

    private static ReadOnlySpan<byte> Policy => """
        apiVersion                              makes keys without effect errors
        canary                                  the version on trial; the form of canaries with one entry
        canary.version                          one of edge.yaml, not the stable one
        canary.weight                           share of the eligible requests: 0.05 or 5%
        canary.priority                         who is served first when tokens are scarce: the highest
        canary.floor                            tokens that this canary leaves to those of a higher priority
        canaries                                versions on trial; their weights sum to 1 at most
        bucket                                  the cap of all canaries together; without it there is none
        bucket.capacity                         largest burst of canary requests, in tokens, one a request
        bucket.refillRate                       tokens per second
        bucket.initial                          level when the process starts
        bucket.replicas                         so many edges share capacity and rate; each takes its part
        stickiness                              sessions keep their version
        stickiness.type                         cookie: by a cookie that the edge sets; hash: by a part of the request
        stickiness.name                         of the cookie
        stickiness.maxAge                       of the cookie
        stickiness.keyFile                      file with the secrets of the cookie, a line each: the first signs, all verify
        stickiness.key                          required with type hash: header:NAME, cookie:NAME or clientIp
        stickiness.salt                         goes into the hash; without it the rollout's own id
        stickiness.onWeightZero                 break: at weight 0 nobody goes to the canary; drain: those who are there may stay
        overrides                               testers choose their version: always, never, or a version's name
        overrides.header                        by a field of the request
        overrides.header.name                   of the field
        overrides.header.trustedCidrs           clients that may ask; without it all, with [] nobody
        overrides.cookie                        by a cookie
        overrides.cookie.name                   of the cookie
        overrides.cookie.trustedCidrs           clients that may ask; without it all, with [] nobody
        mirror                                  copies of requests whose answers nobody sees
        mirror.version                          one of edge.yaml
        mirror.fraction                         of GET and HEAD requests without a body: 0.1 or 10%
        rateLimit                               how much one client may ask, whatever version answers; all are checked before any is charged
        rateLimit[].key                         what tells clients apart: header:NAME, cookie:NAME or clientIp
        rateLimit[].average                     requests per period that a key may make in the long run
        rateLimit[].period                      of the average
        rateLimit[].burst                       requests that a key may make at once after a pause; without it the average
        rateLimit[].mode                        enforce: answer 429; observe: only count
        rateLimit[].headers                     what a refused client is told beside Retry-After: draft: RateLimit; x: X-RateLimit-*
        rating                                  how a version's score is made
        rating.window                           how far back it looks
        rating.errorRateAtZero                  error rate at which the success part is 0
        rating.latencyTarget                    satisfied up to here, half up to four times it
        rating.minSamples                       with fewer the score leans on stable's, and its lower bound is 0
        rating.weights                          of the score's parts; rescaled to 1
        rating.weights.success                  of the success part
        rating.weights.latency                  of the latency part
        rating.weights.feedback                 of what users said
        rating.maxHeuristicWeight               what the learned model weighs at most; it earns its weight; 0: off
        rating.issueFraction                    share of responses that carry a feedback token: 0.05 or 5%
        rating.feedback                         users rate what they got; off without this key or issueFraction
        rating.feedback.path                    where clients POST token and score; empty: nowhere
        rating.feedback.keyFile                 file with the secrets of the tokens, a line each: the first signs, all verify
        rating.feedback.tokenMaxAge             how long a token is good
        rating.feedback.halfLife                after this time a voice counts half
        rating.feedback.limit                   what one client address may say
        rating.feedback.limit.average           voices per period in the long run
        rating.feedback.limit.period            of the average
        rating.feedback.limit.burst             voices at once after a pause; without it the average
        guard                                   takes a bad canary out
        guard.mode                              observe: say it and do nothing
        guard.failBelow                         a score below it for more than two periods, and below the baseline's, is a failure
        guard.passAbove                         a lower bound above it lets a release pass
        guard.interval                          between two looks at the score
        guard.alpha                             chance that a good canary is ever thrown out
        guard.consecutiveFailures               failed connects or resets in a row, on one worker, that are the end; 0: none are
        guard.rampOver                          how long the flow takes to move where stable cannot take it at once
        guard.webhook                           who is told of a trip
        guard.webhook.url                       gets a POST with a JSON document
        guard.webhook.timeout                   of one attempt
        weightFrom                              the canaries' weights come from Kubernetes, and those of this file are ceilings
        weightFrom.httpRoute                    HTTPRoute whose backends' weights count
        weightFrom.rollout                      Argo Rollout; without httpRoute the weights of its status count; with it, it tells releases apart
        weightFrom.namespace                    of both; without it kubernetes.namespace of edge.yaml
        weightFrom.services                     name of the Service behind each version; without it the first label of its endpoint's host
        weightFrom.hostnames                    hosts that the route may name; a route with others is refused
        weightFrom.staleAfter                   so long without word from the API server, and the canaries get nothing; without it they keep their weight
        abort                                   everything to stable, at once
        """u8;

    public static IReadOnlyDictionary<string, string> OfEdge() => Parse(Edge);

    public static IReadOnlyDictionary<string, string> OfPolicy() => Parse(Policy);

    /// <summary>The path under which a key's meaning stands: entries of the list mean what the single form does, and versions what <c>upstream</c> does.</summary>
    public static string? Find(IReadOnlyDictionary<string, string> meanings, string path) =>
        meanings.GetValueOrDefault(path)
        ?? meanings.GetValueOrDefault(path.Replace("canaries[].", "canary.", StringComparison.Ordinal).Replace("versions.NAME.", "upstream.", StringComparison.Ordinal));

    private static Dictionary<string, string> Parse(ReadOnlySpan<byte> table)
    {
        Dictionary<string, string> meanings = [];
        foreach (string line in Encoding.UTF8.GetString(table).Split('\n'))
        {
            int gap = line.IndexOf("  ", StringComparison.Ordinal);
            meanings.Add(line[..gap], line[gap..].Trim());
        }

        return meanings;
    }
}
