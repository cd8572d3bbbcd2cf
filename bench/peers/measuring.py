"""What procfs knows of a process and its children: CPU time in nanoseconds, resident memory, descriptors. Reads only."""

import pathlib
import resource


def tree(pid):
    """The process and all its descendants: nginx works in a child."""
    pids = [pid]
    for parent in pids:
        for children in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            pids += [int(child) for child in children.read_text().split()]
    return pids


def cpu(pid):
    """CPU time of every thread, in ns, by thread id: the first field of schedstat. `stat` would have ticks of 10 ms."""
    times = {}
    for process in tree(pid):
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            try:
                times[int(task.name)] = int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                pass  # the thread ended between the listing and the reading
    return times


def cpu_between(before, after):
    """Nanoseconds of CPU between two readings; a thread that ended in between takes its last share with it."""
    return sum(ns - before.get(thread, 0) for thread, ns in after.items())


def rss_bytes(pid):
    total = 0
    for process in tree(pid):
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


def clients_cpu_ns():
    """CPU time of all ended children of the bench, which between two readings is the load generator's."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1e9
