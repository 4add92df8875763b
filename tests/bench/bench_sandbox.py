"""Prints what the places cost, in milliseconds, everything in turns in one run.

Run with `python tests/bench/bench_sandbox.py [--rounds 20] [--gigabytes 0 1 2]`. Absolute figures
depend on the machine and its load; compare the lines with each other.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from selfcode.sandbox import close_workers, trial
from selfcode.sandbox.levels import layers
from selfcode.sandbox.twin import Twin

CANDIDATE = """
def words(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

result = words("the quick brown fox jumps over the lazy dog " * 20)[0]
"""
MATRIX = "import numpy as np\nresult = float((np.ones((64, 64)) @ np.ones((64, 64))).sum())"
GROUPS = (
    "import pandas as pd\n"
    "result = pd.DataFrame({'g': [1, 1, 2], 'v': [1, 2, 3]}).groupby('g').v.mean().tolist()"
)
PAUSE = 0.02  # seconds between runs, in which a place forks its next process


def python(source: str) -> None:
    """Run `source` in a fresh interpreter without any wall."""
    subprocess.run([sys.executable, "-I", "-c", source], check=True)


CONTESTANTS: dict[str, Callable[[], object]] = {
    "in the process itself": lambda: exec(CANDIDATE, {}),
    "worker child, std": lambda: trial(CANDIDATE),
    "worker child, sci, numpy": lambda: trial(MATRIX, profile="sci"),
    "worker child, sci, pandas": lambda: trial(GROUPS, profile="sci"),
    "python -I -c pass": lambda: python("pass"),
    "python, numpy and pandas": lambda: python("import numpy, pandas"),
    "trying every layer": layers,
}


def timed(action: Callable[[], object], times: list[float]) -> None:
    """Add the milliseconds that `action` takes to `times`."""
    began = time.perf_counter()
    action()
    times.append((time.perf_counter() - began) * 1e3)
    time.sleep(PAUSE)


def measure_twin(gigabytes: float, kind: str) -> dict[str, list[float]]:
    """Take one twin with that much data alive, run trials in it and return the milliseconds."""
    for _ in range(9):
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
    held = (
        np.ones(int(gigabytes * 2**27))
        if kind == "one array"
        else [np.ones(2000) for _ in range(int(gigabytes * 2**30 / 16000))]
    )
    times: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    twin = Twin.fork(lambda request: len(held))
    times["main thread held"].append((time.perf_counter() - began) * 1e3)
    twin.run({}, 10)
    times["fork to first answer"].append((time.perf_counter() - began) * 1e3)
    for _ in range(3):
        time.sleep(PAUSE * 5)
        timed(lambda: twin.run({}, 10), times["one more run"])
    timed(twin.close, times["close"])
    return times


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--gigabytes", type=float, nargs="*", default=[0, 1, 2])
    options = parser.parse_args()
    times: dict[str, list[float]] = defaultdict(list)
    timed(lambda: trial(""), times["worker start, std"])
    timed(lambda: trial("", profile="sci"), times["worker start, sci"])
    for _ in range(options.rounds):
        for name, action in CONTESTANTS.items():
            timed(action, times[name])
    close_workers()
    sizes = [(gb, kind) for gb in options.gigabytes for kind in ("one array", "small arrays")]
    fresh = multiprocessing.get_context("spawn")
    for _ in range(max(options.rounds // 4, 1)):
        for size in sizes:
            with fresh.Pool(1) as pool:
                for name, values in pool.apply(measure_twin, size).items():
                    times[f"twin, {size[0]:g} GB, {size[1]}: {name}"] += values
    print(f"{'milliseconds':48} {'median':>8} {'p95':>8} {'n':>4}")
    for name, values in times.items():
        late = sorted(values)[int(len(values) * 0.95)]
        print(f"{name:48} {statistics.median(values):8.2f} {late:8.2f} {len(values):4}")


if __name__ == "__main__":
    main()
