"""Prints one table: what the places to run cost next to what else there is, in turns in one run.

Run with `python tests/bench/bench_sandbox.py [--rounds 40] [--gigabytes 2] [--soak N]`. Absolute
figures depend on the machine and its load; the ratios compare what ran side by side. smolagents is
installed into an environment of the benchmark's own, which `--environment` keeps.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from selfcode.sandbox import close_workers, trial
from selfcode.sandbox.fresh import FreshProcess
from selfcode.sandbox.levels import layers
from selfcode.sandbox.twin import Twin
from soak import belongings, family, holdings, leaves, scratch_files, soak

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

STD, SCI, PYTHON = "worker child, std", "worker child, sci, numpy", "python -I -c pass"
NUMPY, SMOLAGENTS = "python importing numpy and pandas", "smolagents LocalPythonExecutor"
RATIOS = ((STD, PYTHON, 10), (STD, NUMPY, 200), (SCI, NUMPY, 200), (STD, SMOLAGENTS, 1))

Times = dict[str, list[float]]


def python(source: str, *outer: str) -> None:
    """Run `source` in a fresh interpreter, behind what `outer` sets up."""
    subprocess.run([*outer, sys.executable, "-I", "-c", source], check=True)


BWRAP = "bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp".split()

RIVAL = """
import sys, time
from smolagents.local_python_executor import LocalPythonExecutor
run = LocalPythonExecutor([])
run.send_tools({})
for line in sys.stdin:
    began = time.perf_counter()
    run(SOURCE)
    print((time.perf_counter() - began) * 1e3, flush=True)
"""


class Rival:
    """smolagents' executor, warm in a process of its environment; each run tells its own time."""

    def __init__(self, environment: Path) -> None:
        interpreter = environment / "bin" / "python"
        if not interpreter.exists():
            venv.create(environment, with_pip=True)
        install = [interpreter, "-m", "pip", "install", "-q", "smolagents"]
        subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        self._process = subprocess.Popen(
            [interpreter, "-c", RIVAL.replace("SOURCE", repr(CANDIDATE))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self) -> float:
        """Run the candidate; return the milliseconds without the way there and back."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def timed(action: Callable[[], object]) -> float:
    """Return the milliseconds that `action` takes, or says that it took."""
    began = time.perf_counter()
    said = action()
    milliseconds = (time.perf_counter() - began) * 1e3
    time.sleep(PAUSE)
    return said if isinstance(said, float) else milliseconds


def compare(rounds: int, rival: Rival) -> Times:
    """Run every contestant once a round."""
    fresh = FreshProcess("selfcode.sandbox.script:run_source")
    contestants: dict[str, Callable[[], object]] = {
        "in the process itself": lambda: exec(CANDIDATE, {}),
        STD: lambda: trial(CANDIDATE),
        SCI: lambda: trial(MATRIX, profile="sci"),
        "worker child, sci, pandas": lambda: trial(GROUPS, profile="sci"),
        "fresh process": lambda: fresh.run({"source": CANDIDATE}, 5),
        PYTHON: lambda: python("pass"),
        NUMPY: lambda: python("import numpy, pandas"),
        "bwrap, python -I -c pass": lambda: python("pass", *BWRAP),
        SMOLAGENTS: rival,
        "trying every layer": layers,
    }
    if shutil.which("bwrap") is None:
        del contestants["bwrap, python -I -c pass"]
    times: Times = defaultdict(list)
    times["worker start, std"].append(timed(lambda: trial("")))
    times["worker start, sci"].append(timed(lambda: trial("", profile="sci")))
    for _ in range(rounds):
        for name, action in contestants.items():
            times[name].append(timed(action))
    for _ in range(rounds):
        late = timed(lambda: trial("while True: pass", timeout=0.05)) - 50
        times["deadline overshoot"].append(late)
    return times


def private_memory(profile: str) -> list[float]:
    """Return the MB of private memory of each child that waits in a fresh worker."""
    close_workers()
    trial("", profile=profile)
    holdings()
    found = []
    for process in leaves(family()):
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        if "selfcode" in Path(f"/proc/{process}/cmdline").read_text():
            sizes = re.findall(r"^Private_(?:Clean|Dirty): +(\d+)", text, re.MULTILINE)
            found.append(sum(map(int, sizes)) / 1024)
    return found


def throughput(profile: str, seconds: float = 4.0, threads: int = 4) -> float:
    """Return the candidates that one worker runs in a second for several threads."""
    source = CANDIDATE if profile == "std" else MATRIX
    counts = [0] * threads
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < end:
            assert trial(source, profile=profile).ok
            counts[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / seconds


def measure_twin(gigabytes: float, kind: str) -> Times:
    """Take one twin with that much data alive, run trials in it and return the milliseconds."""
    for _ in range(9):
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
    held = (
        np.ones(int(gigabytes * 2**27))
        if kind == "one array"
        else [np.ones(2000) for _ in range(int(gigabytes * 2**30 / 16000))]
    )
    times: Times = defaultdict(list)
    began = time.perf_counter()
    twin = Twin.fork(lambda request: len(held))
    times["main thread held"].append((time.perf_counter() - began) * 1e3)
    twin.run({}, 10)
    times["fork to first answer"].append((time.perf_counter() - began) * 1e3)
    for _ in range(5):
        time.sleep(PAUSE * 5)
        times["one more run"].append(timed(lambda: twin.run({}, 10)))
    times["close"].append(timed(twin.close))
    return times


def measure_twins(rounds: int, sizes: list[float]) -> Times:
    """Take twins of processes of several sizes, each process anew."""
    times: Times = defaultdict(list)
    fresh = multiprocessing.get_context("spawn")
    for _ in range(rounds):
        for size in sizes:
            for kind in ("one array", "small arrays"):
                with fresh.Pool(1) as pool:
                    for name, values in pool.apply(measure_twin, (size, kind)).items():
                        times[f"twin, {size:g} GB, {kind}: {name}"] += values
    return times


def show(times: Times) -> None:
    """Print the table of milliseconds."""
    print(f"{'milliseconds':48} {'median':>8} {'p95':>8} {'p99':>8} {'n':>5}")
    for name, values in times.items():
        ranked = sorted(values)
        late = [ranked[int(len(ranked) * part)] for part in (0.95, 0.99)]
        middle = statistics.median(values)
        print(f"{name:48} {middle:8.2f} {late[0]:8.2f} {late[1]:8.2f} {len(values):5}")


def show_ratios(times: Times) -> None:
    """Print how many times faster than its rivals a worker child is."""
    print(f"\n{'times faster, by the medians':80} {'here':>6} {'wanted':>6}")
    for ours, theirs, wanted in RATIOS:
        ratio = statistics.median(times[theirs]) / statistics.median(times[ours])
        print(f"{f'{ours} than {theirs}':80} {ratio:6.1f} {wanted:6}")


def show_soak(count: int) -> None:
    """Run `count` trials and print what they left behind."""
    close_workers()
    before, files = belongings(), scratch_files()
    trial("")
    soak(100)
    held, began = holdings(), time.monotonic()
    wrong = soak(count)
    seconds = time.monotonic() - began
    print(
        f"\nsoak: {count} candidates of all kinds in {seconds:.0f} s, {len(wrong)} ended otherwise"
    )
    print(f"held by an idle worker: {dict(held)} before, {dict(holdings())} after")
    close_workers()
    processes, descriptors, mounts = belongings()
    leaks = {
        "processes": len(processes - before[0]),
        "descriptors": descriptors - before[1],
        "mounts": len(mounts.splitlines()) - len(before[2].splitlines()),
        "files": len(set(scratch_files()) - set(files)),
    }
    print(f"leaked: {leaks}")


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--gigabytes", type=float, nargs="*", default=[2])
    parser.add_argument("--soak", type=int, default=0, metavar="N")
    default = Path(tempfile.gettempdir(), "smolagents-for-bench")
    parser.add_argument("--environment", type=Path, default=default)
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n")
    rival = Rival(options.environment)
    times = compare(options.rounds, rival)
    rival.close()
    times |= measure_twins(max(options.rounds // 10, 1), options.gigabytes)
    show(times)
    show_ratios(times)
    print(f"\n{'profile':8} {'candidates/s, 4 threads':>24} {'private MB of a waiting child':>30}")
    for profile in ("std", "sci"):
        memory = private_memory(profile)
        print(f"{profile:8} {throughput(profile):24.0f} {max(memory):30.1f}")
    if options.soak:
        show_soak(options.soak)
    close_workers()


if __name__ == "__main__":
    main()
