"""The hostile snippets, by group and name. They are only ever run behind the wall in bubblewrap.

In a group's text `- name :: attempt ;; attempt` is a snippet of expressions, and `## name` begins
one of statements. A snippet puts into `result` whatever it reached.
"""

from dataclasses import dataclass

from danger.corpus import files, kernel, memory, processes, sockets

BEGIN = """
import ctypes
import os
import socket
import sys
from selfcode.sandbox.syscalls import NUMBERS

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
result = []
LIB, DIR = os.__file__, os.path.dirname(os.__file__)
SECRET, GRANTED = '/tmp/outside/secret', '/tmp/granted/data.txt'
B = ctypes.create_string_buffer


def tries(*attempts):
    for number, attempt in enumerate(attempts):
        try:
            found = attempt()
        except Exception:
            continue
        if found is not None and found is not False and found != -1 and found != []:
            result.append([number, repr(found)[:200]])


def each(attempt, values):
    before = len(result)
    tries(*[lambda value=value: attempt(value) for value in values])
    return result[before:]


def call(name, *arguments):
    number = NUMBERS[name] if isinstance(name, str) else name
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    done = libc.syscall(ctypes.c_long(number), *words)
    if done < 0:
        raise OSError(ctypes.get_errno(), name)
    return ["system call", name, done]


def ioctl(descriptor, request, data):
    done = libc.ioctl(descriptor, ctypes.c_ulong(request), data)
    return None if done < 0 else ["ioctl", request, done]


def put(path, flags=os.O_WRONLY):
    descriptor = os.open(path, flags)
    os.write(descriptor, b"x")
    return path


def text(path):
    with open(path, "rb") as file:
        return file.read(100) or "empty"


def ls(path):
    return os.listdir(path)


def iovec(size):
    space = B(size)
    return (ctypes.c_ulong * 2)(ctypes.addressof(space), size)


def machine(code):
    import mmap
    memory = mmap.mmap(-1, 4096, prot=7)
    memory.write(bytes.fromhex(code))
    run = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    done = run()
    return None if -4096 < done < 0 or -4096 < done - (1 << 32) < 0 else done
"""


@dataclass(frozen=True)
class Snippet:
    """One attempt; `ends`: it may be ended by the wall before it has made all of it."""

    group: str
    name: str
    source: str
    ends: bool


ENDED = ("memory", "exhaustion", "floods", "calling conventions", "descriptors")


def _snippets(group, body):
    lines: list[str] = []
    name = ""
    for line in [*body.splitlines(), "## "]:
        one = line.startswith("- ")
        if (one or line.startswith("## ")) and name:
            yield Snippet(group, name, BEGIN + "\n".join(lines), group in ENDED)
            name, lines = "", []
        if one:
            name, _, attempts = line[2:].partition(" :: ")
            made = ", ".join(f"lambda: ({attempt})" for attempt in attempts.split(" ;; "))
            lines = [f"tries({made})"]
        elif line.startswith("## "):
            name = line[3:]
        else:
            lines.append(line)


def snippets(groups):
    """Yield the snippets in the texts of `groups`."""
    for group, body in groups.items():
        yield from _snippets(group, body)


SNIPPETS = [s for m in (files, sockets, processes, kernel, memory) for s in snippets(m.GROUPS)]
