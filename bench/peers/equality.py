"""Holds the contenders to equal work: puts each in front of a listener that keeps what it hears, and looks at the fields both ways."""

import contextlib
import socket
import threading

import loads
from contenders import Site
from processes import BenchError, free_port

TO_UPSTREAM = {"via", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "x-openclaw-version", "x-openclaw-rating"}
TO_CLIENT = {"date", "x-openclaw-version", "x-openclaw-rating", "content-type", "content-length", "cache-control", "x-service"}
CIPHER = "TLSv1.3 TLS_AES_256_GCM_SHA384"  # what OpenSSL's clients ask for first

ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCache-Control: no-store\r\n"
          b"Date: Sat, 01 Jan 2000 00:00:00 GMT\r\nX-Service: catalogue\r\n\r\n{}")


class Ear:
    """An upstream that hears heads. One thread a connection, each ends with its connection."""

    def __init__(self):
        self.port = free_port()
        self.heads = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        heard = b""
        with client, contextlib.suppress(ConnectionError):  # a contender that stops may reset its connections
            while part := client.recv(65536):
                heard += part
                if heard.endswith(b"\r\n\r\n"):
                    self.heads.append(heard.decode("latin-1"))
                    heard = b""
                    client.sendall(ANSWER)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def require_equal_work(contender, directory):
    """Refuses a contender that leaves out a field, changes Host, does not say HTTP/1.1 to the upstream or chooses another cipher."""
    ear = Ear()
    running = contender.start(Site(directory, ear.port, ear.port), tls=True)
    try:
        for tls in (False, True):
            answer = loads.get(running.port(tls), tls=tls)
            lines = ear.heads[-1].split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
            faults = [f"to the upstream: no {name}" for name in sorted(TO_UPSTREAM - fields.keys())]
            faults += [f"to the client: no {name}" for name in sorted(TO_CLIENT - answer.fields.keys())]
            if fields.get("host") != loads.HOST:
                faults.append(f"Host became {fields.get('host')}")
            if tls and answer.cipher != CIPHER:
                faults.append(f"{answer.cipher} instead of {CIPHER}")
            if fields.get("x-forwarded-proto") not in (None, "https" if tls else "http"):
                faults.append(f"X-Forwarded-Proto is {fields['x-forwarded-proto']}")
            if fields.get("connection", "keep-alive").lower() != "keep-alive" or not lines[0].endswith("HTTP/1.1"):
                faults.append("the upstream connection is not kept alive")
            if answer.status != 200 or faults:
                raise BenchError(f"{contender.name} does other work than the rest (status {answer.status}): {'; '.join(faults)}")
    finally:
        running.stop()
        ear.close()
