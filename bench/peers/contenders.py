"""How each contender is configured and started. All do the same work: the same added fields both ways, no access log, upstream
connections kept alive, one worker, 95 of 100 requests to v1 and 5 to v2 (the null proxy apart: it parses nothing and knows one upstream).
What differs: the edge's share is exact and capped by a bucket, nginx hashes the request id, HAProxy and YARP draw a random number."""

import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass

import builds
import loads
import processes
from processes import BenchError

PATH = os.environ["PATH"] + ":/usr/sbin"  # where Debian puts servers, which a plain user's path leaves out


@dataclass(frozen=True)
class Site:
    """What every contender stands in front of, and where its files lie."""
    directory: pathlib.Path
    v1: int
    v2: int


@dataclass
class Running:
    contender: "Contender"
    process: object
    plain: int
    tls: int   # 0: does not listen with TLS
    admin: int

    @property
    def name(self):
        return self.contender.name

    @property
    def pid(self):
        return self.process.pid

    def port(self, tls):
        return self.tls if tls else self.plain

    def is_ready(self):
        return self.contender.is_ready(self)

    def stop(self):
        processes.stop(self.process)


class Contender:
    name = ""
    has_tls = True
    warm_up_seconds = 1
    environment = {}

    def command(self, site, plain, tls, admin):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def binary(self):
        raise NotImplementedError

    def is_ready(self, running):
        return processes.accepts(running.plain)

    def launch(self, site, tls):
        """Starts it without waiting; with TLS it listens twice."""
        plain, secure, admin = processes.free_port(), processes.free_port() if tls and self.has_tls else 0, processes.free_port()
        command = self.command(site, plain, secure, admin)
        process = processes.spawn([str(part) for part in command], processes.PROXY_CORE, site.directory, self.environment)
        return Running(self, process, plain, secure, admin)

    def start(self, site, tls=True):
        running = self.launch(site, tls)
        processes.await_ready(running.process, running.is_ready)
        return running


def first_line(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20).stdout.strip().splitlines()[0]


class Edge(Contender):
    name = "edge"

    def __init__(self, binary):
        self._binary = binary

    def command(self, site, plain, tls, admin):
        policy = site.directory / "policy.yaml"
        policy.write_text("bucket: {capacity: 1000000, refillRate: 1000000}\ncanary: {version: v2, weight: 0.05}\n")
        keys = ["--cert", site.directory / "tls.crt", "--key", site.directory / "tls.key"]
        secure = ["--listen", f"https://127.0.0.1:{tls}", *keys] if tls else []
        return [self._binary, "run", "--listen", f"http://127.0.0.1:{plain}", *secure,
                "--upstream", f"v1=http://127.0.0.1:{site.v1}", "--upstream", f"v2=http://127.0.0.1:{site.v2}",
                "--policy", policy, "--admin", f"127.0.0.1:{admin}", "--workers", "1"]

    def version(self):
        return first_line([self._binary, "version"])

    def binary(self):
        return self._binary

    def is_ready(self, running):
        try:
            return loads.get(running.admin, "/readyz").status == 200
        except OSError:
            return False

    def allocated_bytes(self, running):
        """The process-wide GC allocation counter from its own metrics."""
        metrics = loads.get(running.admin, "/metrics").body.decode()
        found = re.search(r"^openclaw_gc_allocated_bytes_total(?:\{.*\})? (\S+)", metrics, re.MULTILINE)
        if not found:
            raise BenchError("the edge's /metrics has no openclaw_gc_allocated_bytes_total")
        return float(found[1])


class NullProxy(Contender):
    name = "null"
    has_tls = False

    def __init__(self, binary):
        self._binary = binary

    def command(self, site, plain, tls, admin):
        return [self._binary, plain, site.v1]

    def version(self):
        return "copies bytes, parses nothing (nullproxy.c)"

    def binary(self):
        return self._binary


class HAProxy(Contender):
    name = "haproxy"

    def command(self, site, plain, tls, admin):
        secure = f"bind 127.0.0.1:{tls} ssl crt {site.directory}/tls.pem ssl-min-ver TLSv1.3" if tls else ""
        backends = "".join(f"""
backend {name}
    http-request set-header X-OpenClaw-Version {name}
    http-response set-header X-OpenClaw-Version {name}
    http-response set-header X-OpenClaw-Rating 1.000
    server {name} 127.0.0.1:{port}
""" for name, port in (("v1", site.v1), ("v2", site.v2)))
        file = site.directory / f"haproxy.{plain}.cfg"
        file.write_text(f"""
global
    nbthread 1
    maxconn 8000
defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout server 60s
    timeout http-keep-alive 75s
    option http-keep-alive
    http-reuse always
frontend edge
    bind 127.0.0.1:{plain}
    {secure}
    option forwardfor
    http-request set-header Via "1.1 haproxy"
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    http-request set-header X-Request-Id %[uuid()]
    http-request set-header X-OpenClaw-Rating 1.000
    use_backend v2 if {{ rand(20) eq 0 }}
    default_backend v1
{backends}""")
        return [self.binary(), "-db", "-f", file]

    def version(self):
        return first_line([self.binary(), "-v"]).split(" - ")[0]

    def binary(self):
        return pathlib.Path(shutil.which("haproxy", path=PATH))


class Nginx(Contender):
    name = "nginx"

    def command(self, site, plain, tls, admin):
        directory = site.directory / f"nginx.{plain}"
        directory.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        secure = f"""listen 127.0.0.1:{tls} ssl; ssl_protocols TLSv1.3; ssl_session_tickets on;
        ssl_certificate {site.directory}/tls.crt; ssl_certificate_key {site.directory}/tls.key;""" if tls else ""
        kept = "keepalive 256; keepalive_requests 1000000000; keepalive_timeout 75s;"
        upstreams = "".join(f"upstream {name} {{ server 127.0.0.1:{port}; {kept} }}\n    " for name, port in (("v1", site.v1), ("v2", site.v2)))
        paths = "".join(f"{kind}_temp_path {directory}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (directory / "nginx.conf").write_text(f"""
{user} daemon off; worker_processes 1; worker_rlimit_nofile {processes.DESCRIPTORS_MAX}; pid {directory}/pid;
events {{ worker_connections 16000; }}
http {{
    access_log off; {paths}
    keepalive_requests 1000000000; keepalive_timeout 75s;
    split_clients $request_id $version {{ 5% v2; * v1; }}
    {upstreams}
    server {{
        listen 127.0.0.1:{plain};
        {secure}
        location / {{
            proxy_pass http://$version;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header Via "1.1 nginx";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header X-OpenClaw-Version $version;
            proxy_set_header X-OpenClaw-Rating 1.000;
            add_header X-OpenClaw-Version $version;
            add_header X-OpenClaw-Rating 1.000;
        }}
    }}
}}
""")
        return [self.binary(), "-p", directory, "-c", directory / "nginx.conf", "-e", "stderr"]

    def version(self):
        return first_line([self.binary(), "-v"])

    def binary(self):
        return pathlib.Path(shutil.which("nginx", path=PATH))


class Yarp(Contender):
    name = "yarp"
    # On one busy core the JIT's last tier, which halves the CPU per request, comes late and at no certain time: its timer waits for
    # calm. Without that delay it is there within the warm-up.
    environment = {"DOTNET_TC_CallCountingDelayMs": "0"}
    warm_up_seconds = 15

    def command(self, site, plain, tls, admin):
        return [self.binary(), "--plain", plain, "--tls", tls,
                "--v1", f"http://127.0.0.1:{site.v1}", "--v2", f"http://127.0.0.1:{site.v2}",
                "--cert", site.directory / "tls.crt", "--key", site.directory / "tls.key"]

    def version(self):
        package = re.search(r'"Yarp.ReverseProxy" Version="([^"]+)"', (builds.ROOT / "Directory.Packages.props").read_text())[1]
        runtimes = subprocess.run(["dotnet", "--list-runtimes"], stdout=subprocess.PIPE, text=True, timeout=20).stdout
        return f"YARP {package} on ASP.NET Core {re.findall(r'Microsoft.AspNetCore.App (10[^ ]+)', runtimes)[-1]}, JIT"

    def binary(self):
        return builds.YARP / "yarp-peer"
