"""The clients: single requests, wrk (closed loop), h2load (an exact number of requests), a new TLS connection for every request, and
thousands of idle connections. All run on the client's core, 127.0.0.1 only, and every one has an end."""

import http.client
import json
import pathlib
import re
import socket
import ssl
import subprocess
from dataclasses import dataclass

HOST = "shop.example"
PATH = "/catalogue/4711"


@dataclass(frozen=True)
class Load:
    """One run: latencies in microseconds; failed counts broken connections, timeouts and answers with an error status."""
    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int
    resumed: int = 0


@dataclass(frozen=True)
class Answer:
    status: int
    fields: dict
    body: bytes
    cipher: str = ""  # with TLS: version and cipher suite


def unverified():
    """TLS 1.3 for a client that need not know the bench's self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def get(port, path=PATH, tls=False):
    client = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=unverified()) if tls else \
        http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path, headers={"Host": HOST})
        cipher = f"{client.sock.version()} {client.sock.cipher()[0]}" if tls else ""
        answer = client.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(), cipher)
    finally:
        client.close()


def _last_line(command, seconds):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, timeout=seconds + 30, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def wrk(port, tls, connections, seconds):
    script = pathlib.Path(__file__).with_name("wrk.lua")
    return Load(**_last_line(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-H", f"Host: {HOST}", "-s", script,
                              f"{'https' if tls else 'http'}://127.0.0.1:{port}{PATH}"], seconds))


def handshakes(program, port, threads, seconds, resume):
    return Load(**_last_line([program, port, threads, seconds, "resume" if resume else "full"], seconds))


def exactly(port, tls, connections, requests):
    """Sends that many requests and returns how many were not answered with 2xx."""
    done = subprocess.run(["h2load", "--h1", "-t1", f"-c{connections}", f"-n{requests}",
                           f"{'https' if tls else 'http'}://127.0.0.1:{port}{PATH}"], stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    return requests - int(re.search(r"status codes: (\d+) 2xx", done.stdout)[1])


def open_idle(port, tls, count):
    """Opens that many keep-alive connections, one after the other, and sends one request over each."""
    context = unverified()
    opened = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), timeout=5)
        opened.append(context.wrap_socket(client) if tls else client)
        if not ask(opened[-1]):
            break
    return opened


def ask(client):
    """One request over an open connection; True if a whole answer with status 200 came."""
    client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"}"):
        part = client.recv(4096)
        if not part:
            return False
        answer += part
    return answer.startswith(b"HTTP/1.1 200")
