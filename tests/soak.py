"""Many trials of all kinds, and what they leave behind: for the benchmark and, fewer, a test."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from selfcode.sandbox import trial

# Each with how it ends.
KINDS = {
    "result = 1": "ok",
    "result = sum(range(1000))": "ok",
    "import threading; t = threading.Thread(target=int); t.start(); t.join()": "ok",
    "open('/tmp/f', 'w').write('x' * 5000); open('/dev/shm/f', 'w').write('x')": "ok",
    "import os; r, w = os.pipe(); [os.dup(r) for _ in range(50)]": "ok",
    "import socket\ntry: socket.socket()\nexcept OSError: pass": "ok",
    "1 / 0": "ZeroDivisionError: division by zero",
    "import os; os._exit(0)": "it ended without an answer",
    "import os; os.abort()": "it was ended by SIGABRT",
    "import os; os.fork()": "PermissionError: [Errno 1] Operation not permitted",
}
SLOW = ("while True: pass", "stopped after 0.2 s")
_EVERY = 100


def family(ancestor: int | None = None) -> set[int]:
    """Return the numbers of all processes below `ancestor` (default: this one)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found: set[int] = set()
    pending = {ancestor or os.getpid()}
    while pending:
        pending = {child for child, parent in parents.items() if parent in pending}
        found |= pending
    return found


def leaves(processes: set[int]) -> set[int]:
    """Return those of `processes` that have no child."""
    return {process for process in processes if not family(process)}


def belongings() -> tuple[set[int], int, str]:
    """Return the processes below this one, how many descriptors it has, and its mounts."""
    gc.collect()
    return family(), len(os.listdir("/proc/self/fd")), Path("/proc/self/mountinfo").read_text()


def scratch_files() -> list[Path]:
    """Return what lies where trials could leave files behind."""
    return sorted([*Path(tempfile.gettempdir()).glob("selfcode-*"), *Path("/dev/shm").iterdir()])


def holdings() -> Counter[str]:
    """Return what the processes of idle workers hold, together: descriptors and mounts."""
    processes: set[int] = set()
    while processes != (processes := family()):
        time.sleep(0.3)  # ended trials are replaced
    held = Counter(processes=len(processes))
    for process in processes - leaves(processes):
        held["descriptors"] += len(os.listdir(f"/proc/{process}/fd"))
        held["mounts"] += len(Path(f"/proc/{process}/mountinfo").read_text().splitlines())
    return held


def soak(count: int, threads: int = 4) -> dict[str, str]:
    """Run `count` trials of all kinds from several threads; return those that ended otherwise."""
    common = list(KINDS.items())
    wrong: dict[str, str] = {}

    def work(first: int) -> None:
        for number in range(first, count, threads):
            slow = number % _EVERY == 0
            source, expected = SLOW if slow else common[number % len(common)]
            ran = trial(source, timeout=0.2 if slow else 20)
            if (ran.error or "ok") != expected:
                wrong[source] = str(ran)

    workers = [threading.Thread(target=work, args=(first,)) for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return wrong
