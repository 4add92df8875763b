"""Prints how long one changed function takes to inject and to revert, beside the usual ways.

Run with `python tests/bench/bench_injection.py [--rounds 30]`. Everything is measured side by side
in one run, in modules of 10 to 10,000 functions, and with live instances and closures.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from selfcode.integration.lineage import Lineages

ROW = "{:<44}{:>12}{:>12}{:>12}{:>12}"


def timed(call) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e6


def median(calls) -> float:
    return statistics.median(timed(call) for call in calls)


def make_module(folder: Path, count: int):
    name = f"bench_{count}"
    text = "".join(
        f"def f{n}(x, k={n}):\n    y = x + k\n    return y * {n}\n" for n in range(count)
    )
    (folder / f"{name}.py").write_text(text)
    return importlib.import_module(name), text


def bench_module(folder: Path, count: int, rounds: int) -> None:
    module, text = make_module(folder, count)
    lineages = Lineages()
    source = "def f0(x, k={0}):\n    y = x - k\n    return y * {0}\n"
    target = f"{module.__name__}:f0"
    lineages.inject(target, source.format(0))

    def inject(n):
        return lambda: lineages.inject(target, source.format(n))

    def revert(n):
        return lambda: lineages.revert(target, n + 1)

    inject_time = median([inject(n) for n in range(1, rounds)])
    revert_time = median([revert(n % rounds) for n in range(rounds)])
    few = max(3, rounds // 10)
    reload_time = median([lambda: importlib.reload(module)] * few)
    run_time = median([lambda: exec(compile(text, "<again>", "exec"), vars(module))] * few)
    label = f"one function of {count:,}"
    print(
        ROW.format(label, *(f"{t:,.0f}" for t in (inject_time, revert_time, reload_time, run_time)))
    )


CLASS = "class C:\n    def __init__(self, n): self.n = n\n    def m(self): return self.n + {}\n"
MAKER = "def make(n):\n    def inner(x):\n        return x + n + {}\n    return inner\n"


def bench_living(label: str, text: str, target: str, rounds: int, make) -> None:
    names = {"__name__": "__main__"}
    exec(text.format(0), names)
    lineages = Lineages(names)
    living = make(names)
    inject = [lambda n=n: lineages.inject(target, text.format(n)) for n in range(1, rounds)]
    revert = [lambda n=n: lineages.revert(target, n) for n in range(1, rounds)]
    print(ROW.format(label, f"{median(inject):,.0f}", f"{median(revert):,.0f}", "", ""))
    del living


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    print(ROW.format("median microseconds", "inject", "revert", "reload", "run again"))
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for count in (10, 100, 1_000, 10_000):
            bench_module(Path(folder), count, rounds)
    few = max(4, rounds // 5)
    bench_living(
        "a method, 1,000,000 instances",
        CLASS,
        "C",
        few,
        lambda m: [m["C"](n) for n in range(10**6)],
    )
    bench_living(
        "nested code, 100,000 closures",
        MAKER,
        "make",
        few,
        lambda m: [m["make"](n) for n in range(10**5)],
    )
    bench_living(
        "nested code, 1,000,000 closures",
        MAKER,
        "make",
        few,
        lambda m: [m["make"](n) for n in range(10**6)],
    )


if __name__ == "__main__":
    main()
