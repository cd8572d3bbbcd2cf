"""Turns the figures into one Markdown table: medians (with the range for CPU), the target beside, and where the edge stands."""

import pathlib
import platform
import statistics
import subprocess
from dataclasses import dataclass

ORDER = ["edge", "null", "haproxy", "nginx", "yarp"]

# (scenario, measure): (what it says, format). Latencies are those of a closed loop at saturation: for comparing, not for promising.
ROWS = {
    ("plaintext", "CPU"): ("proxy CPU per request, µs", "{:.2f}"),
    ("plaintext", "CPU of all"): ("client + proxy + upstream CPU per request, µs", "{:.2f}"),
    ("plaintext", "rate"): ("requests per second", "{:,.0f}"),
    ("plaintext", "p50"): ("p50, µs", "{:,.0f}"),
    ("plaintext", "p99"): ("p99, µs", "{:,.0f}"),
    ("plaintext", "RSS"): ("RSS under load, MB", "{:.1f}"),
    ("plaintext", "share of v2"): ("share of v2, %", "{:.2f}"),
    ("plaintext", "upstream connections"): ("upstream connections opened in a round", "{:.0f}"),
    ("tls", "CPU"): ("proxy CPU per request, µs", "{:.2f}"),
    ("tls", "CPU of all"): ("client + proxy + upstream CPU per request, µs", "{:.2f}"),
    ("tls", "rate"): ("requests per second", "{:,.0f}"),
    ("tls", "p50"): ("p50, µs", "{:,.0f}"),
    ("tls", "p99"): ("p99, µs", "{:,.0f}"),
    ("tls", "RSS"): ("RSS under load, MB", "{:.1f}"),
    ("handshake", "CPU"): ("proxy CPU per full handshake and request, µs", "{:.1f}"),
    ("handshake", "rate"): ("handshakes per second", "{:,.0f}"),
    ("handshake", "p50"): ("p50, µs", "{:,.0f}"),
    ("handshake", "p99"): ("p99, µs", "{:,.0f}"),
    ("resumed", "CPU"): ("proxy CPU per resumed handshake and request, µs", "{:.1f}"),
    ("resumed", "rate"): ("handshakes per second", "{:,.0f}"),
    ("resumed", "resumed"): ("really resumed, %", "{:.1f}"),
    ("idle", "plaintext"): ("RSS per idle plaintext connection, KiB", "{:.2f}"),
    ("idle", "TLS"): ("RSS per idle TLS connection, KiB", "{:.2f}"),
    ("start", "ready"): ("spawn to ready, ms", "{:.1f}"),
    ("start", "RSS"): ("RSS at rest, MB", "{:.1f}"),
    ("start", "binary"): ("binary without shared libraries and runtimes, MB", "{:.2f}"),
    ("gc", "plaintext"): ("GC bytes per plaintext request", "{:.2f}"),
    ("gc", "TLS"): ("GC bytes per TLS request", "{:.2f}"),
}


@dataclass(frozen=True)
class Target:
    limit: float
    against: str = ""  # empty: the limit is absolute

    def __str__(self):
        return f"≤ {self.limit:.2f} × {self.against}" if self.against else f"≤ {self.limit:g}"


TARGETS = {
    ("plaintext", "CPU"): [Target(0.80, "haproxy"), Target(0.75, "nginx"), Target(0.30, "yarp"), Target(1.15, "null")],
    ("tls", "CPU"): [Target(0.95, "haproxy"), Target(0.90, "nginx")],
    ("handshake", "CPU"): [Target(1.00, "haproxy")],
    ("gc", "plaintext"): [Target(0)],
    ("idle", "plaintext"): [Target(1)],
    ("idle", "TLS"): [Target(24)],
    ("start", "ready"): [Target(30)],
    ("start", "RSS"): [Target(20)],
    ("start", "binary"): [Target(12)],
}
ABSOLUTE_TOLERANCE = 0.005  # half of the last digit the table shows: "0 GC bytes" means 0.00


def ratio(values, others):
    """The median of the ratios of each round: noise that lasts longer than a round falls out, which it would not in a ratio of medians."""
    return statistics.median(a / b for a, b in zip(values, others) if b)


def cell(measure, form, values):
    if not values:
        return "–"
    middle = form.format(statistics.median(values))
    return f"{middle} ({form.format(min(values))}–{form.format(max(values))})" if measure == "CPU" and len(values) > 1 else middle


def standing(target, figures):
    """The edge's figure against one target, and whether it meets it; None where one of the two was not measured."""
    mine, theirs = figures.get("edge"), figures.get(target.against)
    if not mine or (target.against and not theirs):
        return None
    value = ratio(mine, theirs) if target.against else statistics.median(mine)
    met = value <= target.limit + (0 if target.against else ABSOLUTE_TOLERANCE)
    return f"{value:.2f}{' × ' + target.against if target.against else ''} {'met' if met else '**missed**'}"


def table(figures, names):
    names = [name for name in ORDER if name in names]
    lines = ["| scenario | measure | " + " | ".join(names) + " | target | the edge stands at |",
             "| --- | --- |" + " ---: |" * len(names) + " --- | --- |"]
    for (scenario, measure), (label, form) in ROWS.items():
        row = figures.get((scenario, measure))
        if not row:
            continue
        targets = TARGETS.get((scenario, measure), [])
        stands = [text for target in targets if (text := standing(target, row))]
        cells = [cell(measure, form, row.get(name)) for name in names]
        lines.append(f"| {scenario} | {label} | " + " | ".join(cells) + f" | {'; '.join(map(str, targets))} | {'; '.join(stands)} |")
        if measure == "CPU":
            lines.append(_against_each_other(scenario, row, names))
    return "\n".join(lines)


def _against_each_other(scenario, row, names):
    base = "null" if row.get("null") else "haproxy" if row.get("haproxy") else next(name for name in names if row.get(name))
    cells = [f"{ratio(row[name], row[base]):.2f}" if row.get(name) else "–" for name in names]
    return f"| {scenario} | the same as a multiple of {base} | " + " | ".join(cells) + " | | |"


def machine():
    facts = dict(line.split(":", 1) for line in subprocess.run(["lscpu"], stdout=subprocess.PIPE, text=True).stdout.splitlines() if ":" in line)
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    return f"{facts['Model name'].strip()} (family {facts['CPU family'].strip()}), {facts['CPU(s)'].strip()} cores, Linux {platform.release()}, " \
           f"load average {load} at the start"


def write(figures, names, facts, failures):
    print(table(figures, names))
    print()
    for fact in facts:
        print(f"- {fact}")
    for failure in failures:
        print(f"- FAILED: {failure}")
