"""Starts the processes of the bench on the core they belong to, hands out free ports, and ends exactly what it started."""

import os
import random
import resource
import signal
import socket
import subprocess
import time

CLIENT_CORE, PROXY_CORE = 0, 1
DESCRIPTORS_MAX = 20_000

_started = []
_ports = set()


class BenchError(Exception):
    """The bench cannot go on; the message says what to do about it."""


def allow_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def free_port():
    """A port that nobody listens on, below the range from which outgoing connections of the machine take theirs (32768 and up)."""
    while True:
        port = random.randrange(12_000, 32_000)
        if port not in _ports and not accepts(port):
            _ports.add(port)
            return port


def spawn(command, core, directory, environment={}):
    """Starts a process on one core; what it says goes to a file, which a failure to start quotes."""
    log = open(directory / f"{os.path.basename(command[0])}.{len(_started)}.log", "wb")
    # The child inherits the affinity of this moment: no taskset in between that would count as start time.
    os.sched_setaffinity(0, {core})
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory, env={**os.environ, **environment})
    finally:
        os.sched_setaffinity(0, {CLIENT_CORE})
        log.close()
    process.log = log.name
    _started.append(process)
    return process


def await_ready(process, is_ready, seconds=15):
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            with open(process.log, errors="replace") as log:
                raise BenchError(f"did not become ready: {' '.join(process.args)}\n{log.read()[-2000:]}")
        time.sleep(0.0002)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process in _started:
        _started.remove(process)


def stop_all():
    for process in list(_started):
        stop(process)
