#!/usr/bin/env python3
"""Prints the current rating of the canary, as Prometheus has it: the mean of all edges, each counting as much as it has seen.

    openclaw_rating.py --url http://prometheus:9090 --version v2 --min 0.85
    v2 0.951 (0.912 to 0.972, 412 samples)

Exit codes, for scripts:
    0  every canary that was found is rated --min or better, on enough samples
    1  one is rated below --min, or the guard of an edge has taken a canary out
    2  nothing can be said: no canary, too few samples, no number, or Prometheus did not answer
With --lower the lower bound has to reach --min, not the score: "surely good" instead of "not known to be bad".

Needs python3 and requests (Debian: python3-requests). User and password may stand in the URL.
"""

import argparse
import json
import math
import re
import sys

import requests

FINE, BELOW, UNKNOWN = 0, 1, 2


class NoAnswer(Exception):
    """Prometheus did not say anything that can be used."""


def query(url, expression, timeout):
    """An instant query. Returns a list of (labels, value); values may be NaN. Raises NoAnswer."""
    try:
        response = requests.get(url.rstrip("/") + "/api/v1/query", params={"query": expression, "timeout": timeout}, timeout=timeout)
        answer = response.json()  # errors of Prometheus itself are JSON as well, whatever the status
        if answer["status"] != "success":
            raise NoAnswer(f"{answer.get('errorType')}: {answer.get('error')}")
        for warning in answer.get("warnings", []):
            print(f"warning: {warning}", file=sys.stderr)
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"]]
    except requests.exceptions.JSONDecodeError as error:
        raise NoAnswer(f"{response.status_code} {response.reason}, which is no answer of Prometheus") from error
    except requests.exceptions.RequestException as error:
        raise NoAnswer(str(error)) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise NoAnswer(f"an answer of another shape ({error!r})") from error


def selector(**labels):
    """{name="value",...} with PromQL's escapes, which for strings are JSON's; labels that are None are left out."""
    return "{" + ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items() if value is not None) + "}"


def ratings(ask, where):
    """By version: score, lower, upper (None: no samples) and samples."""
    samples = {labels.get("version", ""): value for labels, value in ask(f"sum by (version) (openclaw_rating_samples{where})")}
    found = {version: [None, None, None, count] for version, count in samples.items()}
    for place, name in enumerate(("score", "score_lower", "score_upper")):
        mean = (f"sum by (version) (openclaw_rating_{name}{where} * openclaw_rating_samples{where})"
                f" / (sum by (version) (openclaw_rating_samples{where}) > 0)")
        for labels, value in ask(mean):
            if labels.get("version") in found and not math.isnan(value):
                found[labels["version"]][place] = value
    return found


def judge(rating, least, samples_least, use_lower):
    """An exit code for one canary, and why it is not 0."""
    score, lower, upper, samples = rating
    if None in (score, lower, upper) or not samples >= samples_least:
        return UNKNOWN, f"{samples:.0f} samples are too few, {samples_least} are asked for" if samples < samples_least else "its rating is no number"
    value = lower if use_lower else score
    return (BELOW, f"{'lower bound' if use_lower else 'score'} {value:.3f} is below {least}") if value < least else (FINE, "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="Exit codes: 0 fine; 1 below --min, or a canary is out; 2 no data, or an error.")
    parser.add_argument("--url", default="http://127.0.0.1:9090", help="of Prometheus (default: %(default)s)")
    parser.add_argument("--version", help="only this canary; default: all")
    parser.add_argument("--namespace", help="only edges of this namespace")
    parser.add_argument("--job", help="only edges of this job")
    parser.add_argument("--min", type=float, default=0.7, help="the least that is fine, 0 to 1 (default: %(default)s)")
    parser.add_argument("--lower", action="store_true", help="hold the lower bound against --min, not the score")
    parser.add_argument("--samples", type=int, default=50, help="with fewer nothing can be said (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds for each query (default: %(default)s)")
    options = parser.parse_args()  # ends with 2 when it is called wrongly

    def ask(expression):
        return query(options.url, expression, options.timeout)

    edges = {"namespace": options.namespace, "job": options.job}
    try:
        found = ratings(ask, selector(role="canary", version=options.version, **edges))
        out = sum(value for _, value in ask(f"sum(openclaw_guard_state{selector(state='tripped', **edges)})"))
    except NoAnswer as error:
        # Both may hold the password, and what a job prints is kept.
        print(re.sub(r"//[^/@\s]*@", "//", f"openclaw_rating: {options.url}: {error}"), file=sys.stderr)
        return UNKNOWN
    if not found:
        print(f"openclaw_rating: no edge rates {options.version or 'a canary'} now", file=sys.stderr)
        return UNKNOWN

    codes = set()
    for version, rating in sorted(found.items()):
        code, reason = judge(rating, options.min, options.samples, options.lower)
        codes.add(code)
        score, lower, upper, samples = rating
        numbers = f"{score:.3f} ({lower:.3f} to {upper:.3f}, {samples:.0f} samples)" if None not in rating[:3] else "unrated"
        print(f"{version} {numbers}" + (f": {reason}" if reason else ""))
    if out > 0:
        print(f"the guard has taken a canary out on {out:.0f} of the edges")
        codes.add(BELOW)
    return BELOW if BELOW in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
