// An nginx as one version of the service: its own directory, one worker, a port of its own that it keeps over restarts.
// Owns the process and the directory.

namespace OpenClaw.TestKit;

public sealed class NginxServer : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _program;
    private Child? _process;

    private NginxServer(string program) => _program = program;

    public int Port { get; } = Ports.Free();

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Lines of the access log so far: time in seconds with milliseconds, method, target, status.</summary>
    public IReadOnlyList<string> AccessLog => File.ReadAllLines(_folder.Path("access.log"));

    /// <param name="location">Directives of <c>location /</c>.</param>
    public static async Task<NginxServer> StartAsync(string program, string location, bool accessLog = false)
    {
        NginxServer server = new(program);
        Directory.CreateDirectory(server._folder.Path("www"));
        server._folder.Write("nginx.conf", $$"""
            daemon off;
            worker_processes 1;
            pid nginx.pid;
            error_log stderr error;
            events { worker_connections 1024; }
            http {
              log_format brief '$msec $request_method $request_uri $status';
              access_log {{(accessLog ? "access.log brief" : "off")}};
              default_type text/plain;
              keepalive_requests 10000000;
              client_max_body_size 0;
              client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
              root www;
              server {
                listen 127.0.0.1:{{server.Port}};
                location / { {{location}} }
              }
            }
            """);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file that it serves where the location returns none itself.</summary>
    public void Serve(string name, byte[] content) => File.WriteAllBytes(_folder.Path($"www/{name}"), content);

    public async Task StartAsync()
    {
        // One process without a master: SIGKILL takes all of it.
        _process = Child.Start(_program, "-p", _folder.Root, "-c", "nginx.conf", "-e", "stderr", "-g", "master_process off;");
        await Deadline.UntilAsync(
            () => _process.HasExited ? throw new InvalidOperationException($"nginx ended:\n{_process.Output}") : Ports.IsServed(Port), "nginx to listen");
    }

    /// <summary>As a crash: no goodbye to anybody.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
