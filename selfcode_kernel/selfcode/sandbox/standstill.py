"""Whether a trial waits for what can never come: a thread or lock that no fork has.

Nothing outside can reach a trial while it runs. When each of its threads waits in the kernel, with
no time limit, for another thread, nothing will ever wake it.
"""

from __future__ import annotations

import os
import re
import signal

from selfcode.sandbox.syscalls import NUMBERS

MOST_THREADS = 512
FIRST_LOOK, BETWEEN_LOOKS = 0.2, 0.15
_LOOKS = 3

# The argument that holds the time limit, and how "none" is written there. A futex is a lock.
_NONE, _FOREVER = ("0x0",), ("0xffffffff", "0xffffffffffffffff")
_UNLIMITED = {
    "futex": (3, _NONE),
    "poll": (2, _FOREVER),
    "ppoll": (2, _NONE),
    "select": (4, _NONE),
    "pselect6": (4, _NONE),
    "epoll_wait": (3, _FOREVER),
    "epoll_pwait": (3, _FOREVER),
    "read": (0, ()),
}
_WAITING = {str(NUMBERS[name]): where for name, where in _UNLIMITED.items() if name in NUMBERS}
_ALARMS = sum(1 << number - 1 for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF))


class Onlooker:
    """Looks at the process behind `handle` through `processes`, the `/proc` of the machine.

    Where that cannot be read it sees nothing.
    """

    def __init__(self, processes: int, handle: int) -> None:
        self._processes, self._handle = processes, handle
        self._number = ""
        self._last: dict[str, str] = {}
        self._seen = 0

    def complaint(self) -> str:
        """Return why the process has to be stopped, empty when it may go on."""
        try:
            threads = self._threads()
            if len(threads) > MOST_THREADS:
                return f"stopped: it had more than {MOST_THREADS} threads"
            return self._standstill(threads)
        except OSError:
            return ""

    def _standstill(self, threads: list[str]) -> str:
        now = {thread: self._wait(thread) for thread in threads}
        if not all(now.values()) or self._expects_alarm():
            self._seen = 0
        else:
            self._seen = self._seen + 1 if now == self._last else 1
        self._last = now
        if self._seen < _LOOKS:
            return ""
        return "stopped: it waits for a thread, lock or event that is not there and cannot come"

    def _threads(self) -> list[str]:
        if not self._number:
            facts = self._read(f"self/fdinfo/{self._handle}")
            found = re.search(r"^Pid:\s*(\d+)", facts, re.MULTILINE)
            if found is None:
                raise ProcessLookupError
            self._number = found[1]
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        tasks = os.open(f"{self._number}/task", flags, dir_fd=self._processes)
        try:
            return os.listdir(tasks)
        finally:
            os.close(tasks)

    def _wait(self, thread: str) -> str:
        """Return what `thread` waits for without limit and how often it did, empty if it runs."""
        task = f"{self._number}/task/{thread}"
        words = self._read(f"{task}/syscall").split()
        if words[0] not in _WAITING:
            return ""
        argument, unlimited = _WAITING[words[0]]
        if unlimited and words[1 + argument] not in unlimited:
            return ""
        return " ".join([*words, *re.findall(r"switches:\t(\d+)", self._read(f"{task}/status"))])

    def _expects_alarm(self) -> bool:
        caught = re.search(r"^SigCgt:\s*(\w+)", self._read(f"{self._number}/status"), re.MULTILINE)
        return caught is not None and bool(int(caught[1], 16) & _ALARMS)

    def _read(self, path: str) -> str:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._processes)) as file:
            return file.read()
