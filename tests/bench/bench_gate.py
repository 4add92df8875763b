"""Prints what a verdict costs, in milliseconds, everything in turns in one run.

Run with `python tests/bench/bench_gate.py [--rounds 30]`. Absolute figures depend on the machine
and its load (printed first); compare the lines with each other.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

import selfcode
from selfcode.records import Target
from selfcode.validation.guard import check_guard
from selfcode.validation.policy import check_parse, check_policy
from selfcode.validation.reviewers import Reviewers

FUNCTION = '''
import math


def summary(values):
    """Return count, mean, spread, range and outliers of `values`, None left out."""
    known = [v for v in values if v is not None and not math.isnan(v)]
    if not known:
        return {"count": 0, "mean": None}
    mean = sum(known) / len(known)
    spread = math.sqrt(sum((v - mean) ** 2 for v in known) / max(1, len(known) - 1))
    outliers = [v for v in known if spread and abs(v - mean) / spread > 3]
    return {
        "count": len(known),
        "mean": round(mean, 3),
        "spread": round(spread, 3),
        "range": (min(known), max(known)),
        "outliers": sorted(outliers),
    }


def median(values):
    """Return the middle of `values`."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
'''
CASES = [([1, 3, 2], 2), ([4, 1], 2.5), ([5], 5), ([2, 2, 3, 9], 2.5), ([0, 0, 1], 0)]
ASSERTIONS = "\n".join(f"assert median({values}) == {middle}" for values, middle in CASES)
FUNCTIONS = "\n".join(
    f"def test_{n}():\n    values = {values}\n    assert median(values) == {middle}"
    for n, (values, middle) in enumerate(CASES)
)
EXAMPLES = [selfcode.Example((values,), expected=middle) for values, middle in CASES]
PAUSE = 0.03  # seconds between runs, in which a place forks its next process


def fresh_texts() -> Iterator[str]:
    """Yield one candidate after the other, none like another, so that nothing is remembered."""
    number = 0
    while True:
        number += 1
        yield f"{FUNCTION}\nROUND = {number}\n"


def static(source: str, reviewers: Reviewers) -> None:
    """Apply every static check."""
    check_parse(source)
    check_policy(None, source)
    check_guard(Target("__main__", "source"), source)
    reviewers.review(None, source)


def accepted(source: str, tests: object) -> None:
    """Have the whole gate judge `source`; it must accept."""
    verdict = selfcode.vet(source, tests=tests)
    if not verdict:
        raise SystemExit(f"the gate did not accept the candidate: {verdict.findings}")


def bandit(source: str) -> None:
    """Run the command line of Bandit on `source`."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(source)
        file.flush()
        command = [sys.executable, "-m", "bandit", "-q", file.name]
        subprocess.run(command, check=False, capture_output=True)


def interpreter(source: str) -> None:
    """Run `source` and its assertions in an interpreter of its own, without any wall."""
    subprocess.run([sys.executable, "-I", "-c", f"{source}\n{ASSERTIONS}"], check=True)


def contestants(reviewers: Reviewers) -> dict[str, Callable[[str], None]]:
    """Return what is measured, by name."""
    return {
        "policy alone": lambda source: check_policy(None, source) and None,
        "every static check": lambda source: static(source, reviewers),
        "whole gate, five assertions": lambda source: accepted(source, ASSERTIONS),
        "whole gate, five examples": lambda source: accepted(source, EXAMPLES),
        "whole gate, five test functions": lambda source: accepted(source, FUNCTIONS),
        "whole gate, no tests: one import": lambda source: accepted(source, None),
        "bandit's command line": bandit,
        "a fresh interpreter, no wall, no check": interpreter,
    }


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    reviewers = Reviewers()
    measured, texts = contestants(reviewers), fresh_texts()
    times: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 2):  # the first two start the processes
        for name, action in measured.items():
            source = next(texts)
            began = time.perf_counter()
            action(source)
            if number > 1:
                times[name].append((time.perf_counter() - began) * 1e3)
            time.sleep(PAUSE)
    reviewers.close()
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {len(FUNCTION.splitlines())} lines"
    )
    print(f"{'milliseconds':42} {'median':>8} {'p95':>8} {'min':>8} {'n':>4}")
    for name, values in times.items():
        late = sorted(values)[int(len(values) * 0.95)]
        middle = statistics.median(values)
        print(f"{name:42} {middle:8.2f} {late:8.2f} {min(values):8.2f} {len(values):4}")


if __name__ == "__main__":
    main()
