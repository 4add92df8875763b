"""What oversight costs: `open()` with the tripwire, and one call on probation.

Run it as a program; it prints a table.
"""

from __future__ import annotations

import linecache
import sys
import tempfile
import time

from selfcode.oversight import tripwire
from selfcode.records import Candidate, Finding, Isolation, Outcome, Patch, Target, Verdict
from selfcode.session import Host, Session
from selfcode.settings import Selfcode
from selfcode.source import END

ROUNDS = 60


def opening(times: int = 400) -> float:
    """Return the seconds that one `open` and `close` take."""
    began = time.perf_counter()
    for _ in range(times):
        open("/dev/null").close()
    return (time.perf_counter() - began) / times


def of_the_tripwire() -> dict[str, float]:
    """Return the seconds of `open` and `close`, the best of interleaved rounds, by situation."""
    elsewhere = tripwire.Watch("other", "", frozenset(), print)
    here = tripwire.Watch("call", "", frozenset({"file-read", "file-write"}), print)
    names: dict = {}
    exec(compile("def call(function):\n    return function()", "<injected>", "exec"), names)
    best: dict[str, float] = {}

    def note(label: str, seconds: float) -> None:
        best[label] = min(best.get(label, 1.0), seconds)

    for _ in range(ROUNDS):
        note("no hook", opening())
    for _ in range(ROUNDS):
        tripwire.watch("<other>", elsewhere)
        note("injected elsewhere", opening())
        tripwire.watch("<injected>", here)
        note("under injected", names["call"](opening))
        tripwire.unwatch(print)
        note("hook, nothing injected", opening())
    return best


def of_a_call() -> list[float]:
    """Return the seconds of calls on probation, with 100 MB of live data."""
    names: dict = {"__name__": "__main__", "data": bytearray(100 << 20)}
    old = "def f(x):\n    return x + 1\n"
    linecache.cache["<cell>"] = (len(old), None, old.splitlines(True), "<cell>")
    exec(compile(old, "<cell>", "exec"), names)
    host = Host(names, lambda text: text, lambda: None, lambda due: due())
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Selfcode(), host, f"{folder}/ledger.sqlite", lambda *_: None)
        verdict = Verdict.of((Finding("trial", Outcome.ACCEPTED, ""),), Isolation.A)
        candidate = Candidate(Target.parse("f"), old, old.replace("x + 1", "1 + x"), "hand", "")
        pending = session.decisions.offer(Patch(candidate, verdict), None, END)
        session.decisions.approve(pending, probation=10_000)
        times = []
        for number in range(ROUNDS):
            began = time.perf_counter()
            names["f"](number)
            times.append(time.perf_counter() - began)
        assert session.decisions.probations.live[0].good == ROUNDS
        session.close()
    return sorted(times)


def main() -> None:
    """Print the table."""
    best = of_the_tripwire()
    for label, seconds in best.items():
        ratio = seconds / best["no hook"]
        print(f"open() and close(), {label:24} {seconds * 1e6:7.2f} us  {ratio:5.2f} x")
    times = of_a_call()
    median, late = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"a call on probation, median and p95    {median * 1e3:7.1f} ms {late * 1e3:6.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
