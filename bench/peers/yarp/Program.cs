// YARP as a contender: the same two versions, the same 95/5 split and the same added fields as the other proxies of the bench.
// Arguments: --plain PORT --tls PORT (0: none) --v1 URL --v2 URL --cert FILE --key FILE. Logs nothing.

using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Bench.YarpPeer;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms;

const string Rating = "1.000";

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
IConfiguration flags = builder.Configuration;
builder.Logging.ClearProviders();
builder.WebHost.UseKestrelHttpsConfiguration();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, flags.GetValue<int>("plain"));
    if (flags.GetValue<int>("tls") is int port and not 0)
    {
        kestrel.Listen(IPAddress.Loopback, port, listener => listener.UseHttps(https =>
        {
            https.ServerCertificate = X509Certificate2.CreateFromPemFile(flags["cert"]!, flags["key"]!);
            https.SslProtocols = SslProtocols.Tls13;
        }));
    }
});
builder.Services.AddSingleton<ILoadBalancingPolicy, FivePercent>();
builder.Services.AddReverseProxy()
    .LoadFromMemory(
        [new RouteConfig { RouteId = "all", ClusterId = "shop", Match = new RouteMatch { Path = "{**path}" } }],
        [
            new ClusterConfig
            {
                ClusterId = "shop",
                LoadBalancingPolicy = FivePercent.PolicyName,
                Destinations = new Dictionary<string, DestinationConfig>
                {
                    ["v1"] = new() { Address = flags["v1"]! },
                    ["v2"] = new() { Address = flags["v2"]! },
                },
            },
        ])
    .AddTransforms(transforms =>
    {
        transforms.AddOriginalHost(); // X-Forwarded-For, -Proto and -Host are YARP's default
        transforms.AddRequestTransform(request =>
        {
            HttpRequestHeaders fields = request.ProxyRequest.Headers;
            fields.TryAddWithoutValidation("Via", "1.1 yarp");
            fields.TryAddWithoutValidation("X-Request-Id", Guid.NewGuid().ToString("N"));
            fields.TryAddWithoutValidation("X-OpenClaw-Version", Version(request.HttpContext));
            fields.TryAddWithoutValidation("X-OpenClaw-Rating", Rating);
            return default;
        });
        transforms.AddResponseTransform(response =>
        {
            IHeaderDictionary fields = response.HttpContext.Response.Headers;
            fields["X-OpenClaw-Version"] = Version(response.HttpContext);
            fields["X-OpenClaw-Rating"] = Rating;
            return default;
        });
    });

WebApplication app = builder.Build();
app.MapReverseProxy();
app.Run();

static string Version(HttpContext context) => context.GetReverseProxyFeature().ProxiedDestination!.DestinationId;
