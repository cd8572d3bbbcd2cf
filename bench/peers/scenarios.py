"""The scenarios. Each takes the contenders one at a time, in turn, round by round (A B C D A B C D), and puts its figures into the results."""

import json
import time
from collections import defaultdict

import equality
import loads
import measuring
import processes
from processes import BenchError

CONNECTIONS = 64
HANDSHAKE_THREADS = 16
IDLE_CONNECTIONS = 5_000
IDLE_ROUNDS = 2  # memory repeats well, and every pass opens thousands of connections
STARTS_PER_ROUND = 3
GC_REQUESTS = 100_000
SETTLE_SECONDS = 3


class Bench:
    """What all scenarios share: the contenders, the upstream, the figures so far and what went wrong."""

    def __init__(self, contenders, site, upstream, handshakes, rounds, seconds, say):
        self.contenders = contenders
        self.site = site
        self.upstream = upstream
        self.handshakes = handshakes
        self.rounds = rounds
        self.seconds = seconds
        self.say = say
        self.figures = defaultdict(lambda: defaultdict(list))  # (scenario, measure) -> contender -> one value a round
        self.failures = []

    def put(self, scenario, measure, contender, value):
        self.figures[scenario, measure][contender].append(value)

    def fail(self, what):
        self.failures.append(what)
        self.say(f"FAILED: {what}")

    def turns(self, contenders, at_most=1000):
        """Round by round, each contender in turn."""
        for number in range(1, min(self.rounds, at_most) + 1):
            for contender in contenders:
                yield number, contender

    def turns_after_warm_up(self, contenders):
        """The same behind a round 0, which is not counted: a JIT needs it."""
        for contender in contenders:
            yield 0, contender
        yield from self.turns(contenders)

    def heard(self):
        """Connections and requests that reached each version so far."""
        return json.loads(loads.get(self.site.v1, "/counters").body)


def require_equal_work(bench):
    for contender in bench.contenders:
        if contender.has_tls:  # the null proxy adds nothing: that is what it is for
            bench.say(f"equal work: {contender.name}")
            equality.require_equal_work(contender, bench.site.directory)


def _under_load(bench, scenario, contenders, tls, offer):
    """CPU, rate and latency while `offer(running, seconds)` drives a contender that serves alone."""
    running = [contender.start(bench.site, tls) for contender in contenders]
    for number, one in bench.turns_after_warm_up(running):
        heard, proxy, upstream, clients = bench.heard(), measuring.cpu(one.pid), measuring.cpu(bench.upstream.pid), measuring.clients_cpu_ns()
        load = offer(one, bench.seconds if number else one.contender.warm_up_seconds)
        proxy = measuring.cpu_between(proxy, measuring.cpu(one.pid))
        upstream = measuring.cpu_between(upstream, measuring.cpu(bench.upstream.pid))
        clients = measuring.clients_cpu_ns() - clients
        if load.failed or not load.requests:
            bench.fail(f"{scenario}: {one.name}: {load.failed} of {load.requests + load.failed} requests failed")
            if not load.requests:
                raise BenchError(f"{one.name} answered nothing")
        if number == 0:
            continue
        _put_upstream_figures(bench, scenario, one, heard, bench.heard(), load)
        for measure, value in (("CPU", proxy / load.requests / 1e3), ("CPU of all", (proxy + upstream + clients) / load.requests / 1e3),
                               ("rate", load.requests / load.seconds), ("p50", load.p50), ("p99", load.p99),
                               ("RSS", measuring.rss_bytes(one.pid) / 1e6), ("resumed", load.resumed / load.requests * 100)):
            bench.put(scenario, measure, one.name, value)
        bench.say(f"{scenario} {number}/{bench.rounds} {one.name}: {proxy / load.requests / 1e3:.2f} us CPU, {load.requests / load.seconds:,.0f}/s")
    for one in running:
        one.stop()


def _put_upstream_figures(bench, scenario, one, before, after, load):
    new = {what: {version: after[version][what] - before[version][what] for version in before} for what in ("connections", "requests")}
    connections = sum(new["connections"].values()) - 1  # the question itself
    requests = sum(new["requests"].values())
    if one.contender.has_tls and connections > CONNECTIONS * 4 + requests / 1000:
        bench.fail(f"{scenario}: {one.name} opened {connections} upstream connections for {requests} requests: they are not kept alive")
    if requests < load.requests:
        bench.fail(f"{scenario}: {one.name}: {load.requests} answers, but the upstream heard only {requests} requests")
    bench.put(scenario, "upstream connections", one.name, connections)
    bench.put(scenario, "share of v2", one.name, new["requests"]["v2"] / requests * 100)


def plaintext(bench):
    _under_load(bench, "plaintext", bench.contenders, False, lambda one, seconds: loads.wrk(one.plain, False, CONNECTIONS, seconds))


def tls(bench):
    _under_load(bench, "tls", _with_tls(bench), True, lambda one, seconds: loads.wrk(one.tls, True, CONNECTIONS, seconds))


def handshake(bench):
    _handshakes(bench, "handshake", resume=False)


def resumed(bench):
    _handshakes(bench, "resumed", resume=True)


def _handshakes(bench, scenario, resume):
    def offer(one, seconds):
        load = loads.handshakes(bench.handshakes, one.tls, HANDSHAKE_THREADS, seconds, resume)
        if not resume and load.resumed:
            bench.fail(f"{scenario}: {one.name}: {load.resumed} handshakes were resumed and should have been full")
        return load

    _under_load(bench, scenario, _with_tls(bench), True, offer)


def idle(bench):
    """Growth of the resident set by idle connections, each of which did one request before."""
    for secure in (False, True):
        measure = "TLS" if secure else "plaintext"
        for number, contender in bench.turns([one for one in bench.contenders if one.name in ("edge", "haproxy", "nginx")], IDLE_ROUNDS):
            one = contender.start(bench.site, secure)
            loads.wrk(one.port(secure), secure, 4, 1)
            time.sleep(SETTLE_SECONDS)
            before = measuring.rss_bytes(one.pid)
            clients = loads.open_idle(one.port(secure), secure, IDLE_CONNECTIONS)
            time.sleep(SETTLE_SECONDS)
            grown = measuring.rss_bytes(one.pid) - before
            if len(clients) < IDLE_CONNECTIONS or not all(loads.ask(client) for client in clients[::IDLE_CONNECTIONS // 50]):
                bench.fail(f"idle: {one.name}: idle {measure} connections were closed or refused")
            for client in clients:
                client.close()
            one.stop()
            bench.put("idle", measure, one.name, grown / IDLE_CONNECTIONS / 1024)
            bench.say(f"idle {measure} {number} {one.name}: {grown / IDLE_CONNECTIONS / 1024:.2f} KiB a connection")


def start(bench):
    """From spawn to ready, then the resident set of a process that has served nothing, and the size of the binary."""
    for number, contender in bench.turns_after_warm_up(bench.contenders):
        for _ in range(STARTS_PER_ROUND):
            began = time.monotonic_ns()
            one = contender.start(bench.site, tls=False)
            took = (time.monotonic_ns() - began) / 1e6
            if number:
                bench.put("start", "ready", one.name, took)
            one.stop()
    for _, contender in bench.turns(bench.contenders):
        one = contender.start(bench.site, tls=False)
        time.sleep(1)
        bench.put("start", "RSS", one.name, measuring.rss_bytes(one.pid) / 1e6)
        one.stop()
    for contender in bench.contenders:
        size = contender.binary().resolve().stat().st_size
        bench.put("start", "binary", contender.name, size / 1e6)
        bench.say(f"start {contender.name}: {size / 1e6:.2f} MB")


def gc(bench):
    """GC bytes a request, by the edge's own counter. What an equally long idle time and the scrapes allocate is taken off."""
    for contender in (one for one in bench.contenders if one.name == "edge"):
        one = contender.start(bench.site, tls=True)
        for secure in (False, True):
            loads.exactly(one.port(secure), secure, CONNECTIONS, GC_REQUESTS // 10)  # pools fill, buffers grow
            for _ in range(bench.rounds):
                first, began = contender.allocated_bytes(one), time.monotonic()
                failed = loads.exactly(one.port(secure), secure, CONNECTIONS, GC_REQUESTS)
                busy, took = contender.allocated_bytes(one) - first, time.monotonic() - began
                if failed:
                    bench.fail(f"gc: {failed} of {GC_REQUESTS} requests were not answered with 2xx")
                first = contender.allocated_bytes(one)
                time.sleep(took)
                resting = contender.allocated_bytes(one) - first
                bench.put("gc", "TLS" if secure else "plaintext", one.name, (busy - resting) / GC_REQUESTS)
        one.stop()


def _with_tls(bench):
    return [contender for contender in bench.contenders if contender.has_tls]


ALL = {"plaintext": plaintext, "tls": tls, "handshake": handshake, "resumed": resumed, "idle": idle, "start": start, "gc": gc}
