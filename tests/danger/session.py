"""A session with what a notebook may hold: maps, shared memory, files, sockets, children."""

import concurrent.futures
import fcntl
import logging.handlers
import mmap
import multiprocessing
import os
import queue
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np

from danger.witnesses import GRANTED, OUTSIDE

WORK = Path("/tmp/work")
FILES = "memmap writing appending both reading data.csv".split()


class Session:
    """The live objects, and how they are looked at."""

    def __init__(self):
        WORK.mkdir()
        os.chdir(WORK)
        for name in FILES:
            Path(name).write_text("A" * 64)
        self.pair, self.other = socket.socketpair()
        self.other.setblocking(False)
        self.out, self.into = os.pipe()
        os.set_blocking(self.out, False)
        self.child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.stop = threading.Event()
        self.queue = queue.Queue()
        self.names = {**self._memory(), **self._files(), **self._sockets(), **self._others()}
        self.before = self.state()

    def _memory(self):
        shared = SharedMemory(create=True, size=64)
        shared.buf[:64] = b"A" * 64
        anonymous = mmap.mmap(-1, 4096)
        anonymous[:4] = b"AAAA"
        return {
            "table": [1, 2, 3],
            "memmap": np.memmap("memmap", dtype="u1", mode="r+"),
            "shared": shared,
            "anonymous": anonymous,
            "value": multiprocessing.Value("i", 1),
            "numbers": multiprocessing.Array("i", [1] * 4),
        }

    def _files(self):
        writing = open("writing", "r+")  # noqa: SIM115 -- the session holds it open
        fcntl.flock(writing, fcntl.LOCK_EX)
        return {
            "writing": writing,
            "appending": open("appending", "a"),
            "both": open("both", "r+b"),
            "reading": open("reading"),
            "database": _database(),
            "folder": os.open(WORK, os.O_RDONLY),
            "scratch": tempfile.TemporaryDirectory(),
        }

    def _sockets(self):
        listening = socket.create_server(("127.0.0.1", 0))
        connection = socket.create_connection(listening.getsockname())
        self.peer = listening.accept()[0]
        self.peer.setblocking(False)
        logger = logging.getLogger("danger")
        logger.addHandler(logging.handlers.SysLogHandler("/tmp/outside/datagram"))
        return {
            "listening": listening,
            "connection": connection,
            "datagrams": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "pair": self.pair,
            "pipe_in": self.into,
            "pipe_out": self.out,
            "event": os.eventfd(0, os.EFD_NONBLOCK),
            "poll": select.epoll(),
            "logger": logger,
        }

    def _others(self):
        thread = threading.Thread(target=self.stop.wait, daemon=True)
        thread.start()
        return {
            "child": self.child,
            "handle": os.pidfd_open(self.child.pid),
            "session_pid": os.getpid(),
            "thread": thread,
            "queue": self.queue,
            "pool": concurrent.futures.ThreadPoolExecutor(1),
            "old_stdout": sys.stdout,
            "finalizer": weakref.finalize(self, os.write, self.into, b"B"),
        }

    def state(self):
        """Return all that a snippet must leave as it was."""
        names = self.names
        return {
            "memory": [
                names["table"],
                names["memmap"].tolist(),
                bytes(names["shared"].buf),
                names["anonymous"][:64],
                names["value"].get_obj().value,
                list(names["numbers"].get_obj()),
            ],
            "free locks": [_is_free(names[name].get_lock()) for name in ("value", "numbers")],
            "files": {p.name: (p.lstat(), p.read_bytes()) for p in sorted(WORK.iterdir())},
            "positions": [names[name].tell() for name in ("writing", "appending", "both")],
            "locked": _is_locked(WORK / "writing"),
            "rows": names["database"].execute("select * from t").fetchall(),
            "arrived": [_recv(self.peer), _recv(self.other), _recv_pipe(self.out)],
            "child": [self.child.poll(), Path(f"/proc/{self.child.pid}/wchan").exists()],
            "event": _counter(names["event"]),
            "threads": [names["thread"].is_alive(), self.queue.qsize()],
            "system": [
                os.environ["PATH"],
                os.getpriority(0, 0),
                signal.getitimer(signal.ITIMER_VIRTUAL),
            ],
            "scratch": os.path.isdir(names["scratch"].name),
            "modules": [len(sys.path), "json" in sys.modules],
        }

    def restore(self):
        """Put the memory, the modes and the files right that a snippet has changed."""
        for folder in (WORK, OUTSIDE, GRANTED):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        os.chdir(WORK)
        for path in set(WORK.iterdir()) - {WORK / name for name in FILES}:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for name in FILES:
            if not Path(name).exists():
                Path(name).write_text("A" * 64)
            Path(name).chmod(0o644)
        self.names["database"].close()
        self.names["database"] = _database()
        self.names["memmap"][:] = 65
        self.names["shared"].buf[:64] = b"A" * 64
        self.names["anonymous"][:4] = b"AAAA"
        self.names["value"] = multiprocessing.Value("i", 1)
        self.names["numbers"] = multiprocessing.Array("i", [1] * 4)

    def end(self):
        self.names["finalizer"].detach()
        self.stop.set()
        self.names["pool"].shutdown()
        self.child.kill()
        self.child.communicate()
        self.names["shared"].close()
        with suppress(FileNotFoundError):  # a snippet without the wall may have done it
            self.names["shared"].unlink()
        self.names["scratch"].cleanup()
        self.names["database"].close()
        for name in ("listening", "connection", "datagrams", "pair", "poll"):
            self.names[name].close()
        for name in ("writing", "appending", "both", "reading"):
            self.names[name].close()
        self.names["logger"].handlers.pop().close()
        for held in (self.peer, self.other):
            held.close()


def _database():
    database = sqlite3.connect("base", check_same_thread=False)
    database.executescript("create table t (n); insert into t values (1);")
    return database


def _is_free(lock):
    return lock.acquire(timeout=0.2) and lock.release() is None


def _is_locked(path):
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _recv(stream):
    try:
        return stream.recv(1) or "closed"
    except BlockingIOError:
        return "nothing"


def _recv_pipe(descriptor):
    try:
        return os.read(descriptor, 1) or "closed"
    except BlockingIOError:
        return "nothing"


def _counter(descriptor):
    try:
        return os.eventfd_read(descriptor)
    except BlockingIOError:
        return 0
