"""The bench beside the peers: reads the command line, builds, runs the scenarios in order, prints the table. Started by run.sh."""

import argparse
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

import builds
import contenders
import processes
import report
import scenarios
from processes import BenchError


def arguments():
    parser = argparse.ArgumentParser(prog="bench/peers/run.sh", description="Measures the edge beside its peers: proxy CPU per request first of all.")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds; a warm-up comes before them (default 5)")
    parser.add_argument("--seconds", type=int, default=5, help="of load for each contender and round (default 5)")
    parser.add_argument("--only", default=",".join(report.ORDER), help=f"contenders, of {','.join(report.ORDER)} (default all)")
    parser.add_argument("--scenario", default=",".join(scenarios.ALL), help=f"scenarios, of {','.join(scenarios.ALL)} (default all)")
    parser.add_argument("--edge", type=pathlib.Path, default=builds.ROOT / "artifacts" / "openclaw-edge",
                        help="the edge's binary (default artifacts/openclaw-edge)")
    parser.add_argument("--json", type=pathlib.Path, help="also write every round's figures to this file")
    chosen = parser.parse_args()
    chosen.only, chosen.scenario = chosen.only.split(","), chosen.scenario.split(",")
    for value, allowed in [*((name, report.ORDER) for name in chosen.only), *((name, scenarios.ALL) for name in chosen.scenario)]:
        if value not in allowed:
            parser.error(f"{value}: choose from {', '.join(allowed)}")
    if not 1 <= chosen.rounds <= 100 or not 1 <= chosen.seconds <= 60:
        parser.error("1 to 100 rounds of 1 to 60 seconds")
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


def build(chosen, directory):
    """Builds what the chosen contenders need and returns them."""
    say("building")
    builds.certificate(directory)
    builds.c_program("upstream", directory)
    builds.c_program("nullproxy", directory)
    builds.c_program("handshakes", directory, "-lssl", "-lcrypto", "-lpthread")
    if "yarp" in chosen.only:
        builds.yarp()
    if "edge" in chosen.only and not chosen.edge.exists():
        say(f"no edge at {chosen.edge}: build it with ./run.sh build, or pass --edge; measuring the peers only")
        chosen.only.remove("edge")
    known = [contenders.Edge(chosen.edge.absolute()), contenders.NullProxy(directory / "nullproxy"),
             contenders.HAProxy(), contenders.Nginx(), contenders.Yarp()]
    return [contender for contender in known if contender.name in chosen.only]


def measure(chosen, directory):
    taking_part = build(chosen, directory)
    if not taking_part:
        raise BenchError("no contender left")
    site = contenders.Site(directory, processes.free_port(), processes.free_port())
    upstream = processes.spawn([str(directory / "upstream"), str(site.v1), str(site.v2)], processes.CLIENT_CORE, directory)
    processes.await_ready(upstream, lambda: processes.accepts(site.v2))
    facts = [f"machine: {report.machine()}; proxy on core {processes.PROXY_CORE}, client and upstream on core {processes.CLIENT_CORE}",
             *(f"{contender.name}: {contender.version()}" for contender in taking_part),
             f"clients: {_first_words(['wrk', '-v'], 2)} and handshakes.c on {_first_words(['openssl', 'version'], 2)}",
             f"command: bench/peers/run.sh {shlex.join(sys.argv[1:])}".rstrip(),
             f"method: {chosen.rounds} counted round(s) of {chosen.seconds} s after warming up, "
             f"{scenarios.CONNECTIONS} connections, contenders in turn; medians, ratios round by round"]
    bench = scenarios.Bench(taking_part, site, upstream, directory / "handshakes", chosen.rounds, chosen.seconds, say)
    scenarios.require_equal_work(bench)
    for name in chosen.scenario:
        scenarios.ALL[name](bench)
    report.write(bench.figures, [contender.name for contender in taking_part], facts, bench.failures)
    if chosen.json:
        chosen.json.write_text(json.dumps({f"{scenario}/{measure}": row for (scenario, measure), row in bench.figures.items()}, indent=1) + "\n")
    return 1 if bench.failures else 0


def _first_words(command, count):
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20).stdout
    return " ".join(said.split()[:count])


def main():
    chosen = arguments()
    if (os.cpu_count() or 1) < 2:
        raise BenchError("two cores are needed: one for the proxy, one for client and upstream")
    processes.allow_descriptors()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="openclaw-peers.") as directory:
        try:
            return measure(chosen, pathlib.Path(directory))
        finally:
            processes.stop_all()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
