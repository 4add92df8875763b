"""What does not survive a fork: mended in the copy where that can be, named where it cannot."""

from __future__ import annotations

import ctypes
import queue
import re
import sys
import threading
import traceback
import weakref
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

_OPENMP = re.compile(r"(/.*/lib(?:gomp|omp|iomp5)\b[^/]*\.so[^/]*)$", re.MULTILINE)

# Packages whose objects live in an accelerator, and the devices through which one is reached.
_ACCELERATED = frozenset(
    "cudf cuml cupy cupyx jax jaxlib mxnet numba paddle pycuda pyopencl rmm tensorflow torch "
    "torchvision triton".split()
)
_ACCELERATORS = re.compile(
    r"/dev/(nvidia|kfd|dri/|dxg|accel|davinci|neuron|mali|vfio/|xe|hl|apex|cuda)[^ ]*"
)
_OF_ANOTHER_LOOP = re.compile(r"attached to a different loop|bound to a different event loop")

_accelerators: tuple[str, ...] = ()
_executors: list[Any] = []


def note_hardware(paths: Iterable[str]) -> tuple[str, ...]:
    """Remember and return, in words, which accelerators of `paths` this copy cannot use."""
    global _accelerators
    devices = sorted({path for path in paths if _ACCELERATORS.match(path)})
    _accelerators = tuple(f"the accelerator at {device}" for device in devices)
    return _accelerators


def lost_with(error: BaseException) -> str:
    """Return what was lost in the fork and made `error` be raised, in words; empty when nothing.

    In a process with a live accelerator every error that may come from its libraries counts: on a
    copy of the memory alone they fail in many ways.
    """
    if isinstance(error, RuntimeError) and _OF_ANOTHER_LOOP.search(_text(error)):
        return "the event loop of the session"
    if _accelerators and (isinstance(error, RuntimeError) or _of_accelerated(error)):
        return ", ".join(_accelerators)
    return ""


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 -- the candidate's own __str__
        return ""


def _of_accelerated(error: BaseException) -> bool:
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    modules = [type(error).__module__, *(str(f.f_globals.get("__name__")) for f in frames)]
    return any(module.partition(".")[0] in _ACCELERATED for module in modules)


def mend_thread_pools() -> None:
    """Let loaded thread pools do their work with new threads or the calling one."""
    _use_one_native_thread()
    _let_executors_start_threads()


def _use_one_native_thread() -> None:
    """Keep loaded OpenMP libraries from waiting for threads that the fork has left behind."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as table:
        paths = set(_OPENMP.findall(table.read()))
    for path in paths:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(path).omp_set_num_threads(1)


def _let_executors_start_threads() -> None:
    """Have every `ThreadPoolExecutor` forget its threads and keep what waits in its queue."""
    module = sys.modules.get("concurrent.futures.thread")
    executors = {_executor_of(thread) for thread in getattr(module, "_threads_queues", ())}
    for executor in executors - {None}:
        left, executor._work_queue = executor._work_queue, queue.SimpleQueue()
        with suppress(queue.Empty):
            while True:
                executor._work_queue.put(left.get_nowait())
        executor._threads = set()
        executor._idle_semaphore = threading.Semaphore(0)
        executor._shutdown_lock = threading.Lock()
        _executors.append(executor)


def _executor_of(thread: Any) -> Any:
    reference = next(iter(getattr(thread, "_args", ())), None)
    return reference() if isinstance(reference, weakref.ref) else None


def serve_waiting_work() -> None:
    """Start threads for the work that was waiting for the threads of an executor."""
    for executor in _executors:
        for _ in range(executor._work_queue.qsize()):
            executor._adjust_thread_count()
