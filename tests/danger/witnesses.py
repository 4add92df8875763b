"""What lies outside the wall: any change to it, or contact with it, is an escape.

Nothing here asks the hostile code. Secrets are made anew for each run, so that an answer that holds
one was read. Files, a process, sockets, shared memory, queues and mounts are looked at from
outside.
"""

import ctypes
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

OUTSIDE = Path("/tmp/outside")
GRANTED = Path("/tmp/granted")
CANARY = f"canary-{secrets.token_hex(8)}"
KEY = 0x5E1FC0DE

_VICTIM = """
import mmap, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
page = mmap.mmap(-1, 4096)
page.write(sys.argv[1].encode())
print(flush=True)
while True:
    signal.pause()
"""
_STATUS = ("State", "SigPnd", "ShdPnd", "SigBlk", "Uid", "Gid", "CapEff", "NoNewPrivs", "TracerPid")
_LIBC = ctypes.CDLL(None, use_errno=True)


class Outside:
    """The things outside, made once; `state` is compared with what it was before.

    Where `scratch_inside` is not so, trials have their scratch in the `/tmp` of the outside, whose
    own times then tell nothing.
    """

    def __init__(self, *, scratch_inside=True):
        self._scratch_inside = scratch_inside
        _make_files()
        os.environ["SELFCODE_CANARY"] = CANARY
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _VICTIM, CANARY], stdout=subprocess.PIPE
        )
        self.process.stdout.readline()
        while "State:\tS (sleeping)" not in _status(self.process.pid, ["State"]):
            time.sleep(0.001)
        tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
        unix, packets = socket.AF_UNIX, socket.SOCK_SEQPACKET
        self.sockets = {
            "tcp": _bound(socket.AF_INET, tcp, ("127.0.0.1", 47111)),
            "udp": _bound(socket.AF_INET, udp, ("127.0.0.1", 47111)),
            "tcp 6": _bound(socket.AF_INET6, tcp, ("::1", 47111)),
            "udp 6": _bound(socket.AF_INET6, udp, ("::1", 47111)),
            "unix": _bound(unix, tcp, str(OUTSIDE / "stream")),
            "datagram": _bound(unix, udp, str(OUTSIDE / "datagram")),
            "packets": _bound(unix, packets, str(OUTSIDE / "packets")),
            "abstract": _bound(unix, udp, "\0selfcode-outside"),
            "abstract stream": _bound(unix, tcp, "\0selfcode-stream"),
        }
        self.pipe = os.open(OUTSIDE / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.segment = _LIBC.shmget(KEY, 16, 0o1600)
        self.semaphore = _LIBC.semget(KEY, 1, 0o1600)
        self.queue = _LIBC.msgget(KEY, 0o1600)
        Path("/dev/shm/selfcode-outside").write_text(CANARY)
        self.before = self.state()

    def state(self):
        """Return everything that a trial must leave as it was."""
        return {
            "files": _files(self._scratch_inside),
            "process": self._process(),
            "contacts": self.contacts(),
            "ipc": [Path(f"/proc/sysvipc/{kind}").read_text() for kind in ("shm", "sem", "msg")],
            "mounts": Path("/proc/self/mountinfo").read_text(),
            "system": [socket.gethostname(), os.getpriority(os.PRIO_PROCESS, 0), os.getcwd()],
            "me": _status("self", ("State", "SigPnd", "ShdPnd", "Uid", "CapEff")),
        }

    def _process(self):
        pid = self.process.pid
        facts = [os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid)]
        files = [Path(f"/proc/{pid}/{name}").read_text() for name in ("limits", "oom_score_adj")]
        return [self.process.poll(), _status(pid, _STATUS), facts, files]

    def contacts(self):
        """Return the names of the sockets, and the pipe, that something reached since."""
        reached = [name for name, bound in self.sockets.items() if _was_reached(bound)]
        return reached + ["pipe"] * bool(_read(self.pipe))

    def differences(self):
        """Return the names of what is not as it was."""
        state = self.state()
        return [name for name, value in self.before.items() if state[name] != value]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for bound in self.sockets.values():
            bound.close()
        os.close(self.pipe)
        for remove, number in (("shmctl", self.segment), ("msgctl", self.queue)):
            getattr(_LIBC, remove)(number, 0, None)
        _LIBC.semctl(self.semaphore, 0, 0)


def processes():
    """Return the numbers of all processes inside the outer wall, threads counted."""
    return {
        int(entry): len(os.listdir(f"/proc/{entry}/task"))
        for entry in os.listdir("/proc")
        if entry.isdigit() and os.path.exists(f"/proc/{entry}/task")
    }


def at_rest(seconds=5.0):
    """Return how many processes there are once that has been so for half a second."""
    end = time.monotonic() + seconds
    found, since = len(processes()), time.monotonic()
    while time.monotonic() < min(end, since + 0.5):
        time.sleep(0.01)
        if (now := len(processes())) != found:
            found, since = now, time.monotonic()
    return found


def settles(count, seconds=3.0):
    """Whether there are soon as many processes as `count`; those of the last trial are ending."""
    end = time.monotonic() + seconds
    while (found := len(processes())) != count and time.monotonic() < end:
        time.sleep(0.01)
    return found == count


def _make_files():
    OUTSIDE.mkdir()
    GRANTED.mkdir()
    for folder in (".ssh", ".aws", ".jupyter"):
        Path("/tmp", folder).mkdir()
    for name in (".ssh/id_ed25519", ".aws/credentials", ".netrc", ".jupyter/keys", ".bashrc"):
        Path("/tmp", name).write_text(CANARY)
    (OUTSIDE / "secret").write_text(CANARY)
    (GRANTED / "data.txt").write_text("granted\n" * 8)
    (GRANTED / "link").symlink_to(OUTSIDE / "secret")
    (GRANTED / "up").symlink_to("../outside")
    os.mkfifo(OUTSIDE / "pipe")
    with open("/etc/passwd", "a") as file:
        file.write(f"{CANARY}:x:1:1::/:/bin/false\n")


def _files(scratch_inside):
    facts = {}
    for top in (Path("/tmp"), Path("/dev/shm"), Path("/etc")):
        for path in [top, *sorted(_below(top, scratch_inside))]:
            state = path.lstat()
            times = (state.st_mtime_ns, state.st_ctime_ns)
            content = path.read_bytes() if path.is_file() and state.st_size < 100_000 else b""
            counted = scratch_inside or path != Path("/tmp")
            facts[str(path)] = (state.st_mode, state.st_uid, content, counted and times)
    return facts


def _below(folder, scratch_inside):
    for path in folder.iterdir():
        if scratch_inside or not path.name.startswith("selfcode-"):
            yield path
            if not path.is_symlink() and path.is_dir():
                yield from _below(path, scratch_inside)


def _status(process, names):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return [line for line in lines if line.partition(":")[0] in names]


def _bound(family, kind, address):
    bound = socket.socket(family, kind)
    bound.bind(address)
    bound.setblocking(False)
    if kind != socket.SOCK_DGRAM:
        bound.listen()
    return bound


def _was_reached(bound):
    try:
        if bound.type == socket.SOCK_DGRAM:
            bound.recv(1)
        else:
            bound.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _read(descriptor):
    try:
        return os.read(descriptor, 1)
    except BlockingIOError:
        return b""
