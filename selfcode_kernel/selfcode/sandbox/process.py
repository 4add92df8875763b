"""Forking a process that has threads, as the kernel has."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_forking = threading.Lock()


def fork_quietly() -> int:
    """Fork without the warning that Python 3.12 and later give where there are threads.

    The child has one thread, also where a library's fork handler would start others in it.
    """
    with warnings.catch_warnings(), _forking, _one_thread_in_child():
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        return os.fork()


def fork_avoiding(avoided: int) -> int:
    """Fork so that the child does not have the number `avoided`.

    Libraries tell a fork by its process number, and in a new pid namespace that of the kernel may
    come again.
    """
    while True:
        process = fork_quietly()
        if process == 0 and os.getpid() == avoided:
            os._exit(0)
        if process == 0 or process != avoided:
            return process
        os.waitpid(process, 0)


@contextmanager
def _one_thread_in_child() -> Iterator[None]:
    start, parent, forker = threading.Thread.start, os.getpid(), threading.get_ident()

    def start_in_parent(thread: threading.Thread) -> None:
        if os.getpid() == parent or threading.get_ident() != forker:
            start(thread)

    setattr(threading.Thread, "start", start_in_parent)  # noqa: B010 -- a method, to mypy
    try:
        yield
    finally:
        setattr(threading.Thread, "start", start)  # noqa: B010 -- as above
