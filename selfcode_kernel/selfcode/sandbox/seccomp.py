"""seccomp: an allow-list of system calls; what is refused is reported by name to a supervisor.

The filter is a classic BPF program. A call that is not on the list is handed to the supervisor,
which answers EPERM; a call by another calling convention (i386, x32) kills the process.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from functools import cache

from selfcode.sandbox.syscalls import ARCHITECTURES, MACHINE, NUMBERS, call, name_of, table

_ALLOW, _KILL, _ERRNO, _NOTIFY = 0x7FFF0000, 0x80000000, 0x00050000, 0x7FC00000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _X32_BIT = 0, 4, 0x40000000
_SET_FILTER, _NEW_LISTENER = 1, 8
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101

_CLONE_THREAD, _CLONE_NEW_NAMESPACE = 0x00010000, 0x7E020080
_TERMINAL_AND_SIZE = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# Copying, flags, locks, sizes: no F_SETOWN and the like (a signal to another process), no leases
# and no notices (which hold up or watch others' use of a file that may only be read).
_DESCRIPTOR_WORK = (*range(8), 9, 36, 37, 38, 1030, 1031, 1032, 1034)
_PROCESS, _CHANNEL = 0x5E1FC0DE, 0x5E1FC0DF  # their places in a template
_OF_THE_SOCKET = (3, 4, 7, 8, 30, 38, 39)  # type, error, buffers and the like; no other process
_THREAD_AND_MEMORY_NAMES = (15, 16, 0x53564D41)

_FREE = """
read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction
rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend pread64 pwrite64 readv
writev access pipe select sched_yield mremap msync mincore madvise dup dup2 pause nanosleep getpid
exit uname flock fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir
rmdir unlink readlink symlink link umask gettimeofday getrlimit getrusage sysinfo times getuid
getgid geteuid getegid getppid getpgrp getpgid getsid getgroups getresuid getresgid sigaltstack
statfs fstatfs gettid time futex futex_waitv sched_getaffinity set_tid_address getdents64
fadvise64 clock_gettime clock_getres clock_nanosleep exit_group epoll_create epoll_wait epoll_ctl
openat mkdirat newfstatat unlinkat renameat symlinkat linkat readlinkat faccessat pselect6 ppoll
set_robust_list epoll_pwait epoll_pwait2 eventfd eventfd2 epoll_create1 dup3 pipe2 getcpu
renameat2 getrandom copy_file_range preadv pwritev preadv2 pwritev2 statx rseq faccessat2
close_range membarrier fallocate sendfile restart_syscall sched_get_priority_max
sched_get_priority_min sched_getparam sched_getscheduler getitimer setitimer alarm timerfd_create
timerfd_settime timerfd_gettime sync_file_range recvfrom shutdown getsockname getpeername
""".split()

# Refused without a report: libraries try these and cope.
_QUIET = {
    errno.ENOSYS: "clone3",
    errno.EPERM: ("mbind set_mempolicy get_mempolicy chown fchown lchown fchownat arch_prctl"),
    errno.ENOTSUP: (
        "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr "
        "flistxattr removexattr lremovexattr fremovexattr"
    ),
}

# Only where a private root leaves nothing else to change: Landlock does not govern metadata.
_METADATA = "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat".split()

LISTENER = b"L"  # the mark with which the listener is handed over

Instruction = tuple[int, int, int, int]


def _low(argument: int) -> int:
    return 16 + 8 * argument


def _if(numbers: Mapping[str, int], name: str, *body: Instruction) -> list[Instruction]:
    """Return `body` guarded by: the system call is `name`; nothing when the machine lacks it."""
    return [(_EQUAL, numbers[name], 0, len(body)), *body] if name in numbers else []


def _one_of(argument: int, values: Iterable[int], otherwise: int) -> list[Instruction]:
    body: list[Instruction] = [(_LOAD, _low(argument), 0, 0)]
    for value in values:
        body += [(_EQUAL, value, 0, 1), (_RETURN, _ALLOW, 0, 0)]
    return [*body, (_RETURN, otherwise, 0, 0)]


def _is_zero(argument: int, otherwise: int) -> list[Instruction]:
    """Allow the call only when all 64 bits of `argument` are zero."""
    return [
        (_LOAD, _low(argument), 0, 0),
        (_EQUAL, 0, 0, 3),
        (_LOAD, _low(argument) + 4, 0, 0),
        (_EQUAL, 0, 0, 1),
        (_RETURN, _ALLOW, 0, 0),
        (_RETURN, otherwise, 0, 0),
    ]


def _new_thread_only(refuse: int) -> list[Instruction]:
    return [
        (_LOAD, _low(0), 0, 0),
        (_ANY_BIT, _CLONE_NEW_NAMESPACE, 2, 0),
        (_ANY_BIT, _CLONE_THREAD, 0, 1),
        (_RETURN, _ALLOW, 0, 0),
        (_RETURN, refuse, 0, 0),
    ]


def _unnamed_stream_pair(refuse: int) -> list[Instruction]:
    """Allow the kind of pair by which asyncio wakes itself: it leads nowhere else."""
    return [
        (_LOAD, _low(0), 0, 0),
        (_EQUAL, socket.AF_UNIX, 0, 4),
        (_LOAD, _low(1), 0, 0),
        (_AND, 0xF, 0, 0),
        (_EQUAL, socket.SOCK_STREAM, 0, 1),
        (_RETURN, _ALLOW, 0, 0),
        (_RETURN, refuse, 0, 0),
    ]


def _by_argument(refuse: int) -> dict[str, list[Instruction]]:
    return {
        "fcntl": _one_of(1, _DESCRIPTOR_WORK, refuse),
        "clone": _new_thread_only(refuse),
        "kill": _one_of(0, [_PROCESS], refuse),
        "tgkill": _one_of(0, [_PROCESS], refuse),
        "ioctl": _one_of(1, _TERMINAL_AND_SIZE, _ERRNO | errno.ENOTTY),
        "sched_setaffinity": _one_of(0, [0, _PROCESS], refuse),
        "sendmsg": _one_of(0, [_CHANNEL], refuse),
        "getsockopt": _one_of(2, _OF_THE_SOCKET, refuse),
        "prctl": _one_of(0, _THREAD_AND_MEMORY_NAMES, refuse),
        "prlimit64": _is_zero(2, refuse),
        "sendto": _is_zero(4, refuse),
        "socketpair": _unnamed_stream_pair(refuse),
    }


def _prologue(machine: str) -> list[Instruction]:
    """Kill what uses another calling convention, then look at the number of the call."""
    program = [
        (_LOAD, _ARCHITECTURE, 0, 0),
        (_EQUAL, ARCHITECTURES[machine], 1, 0),
        (_RETURN, _KILL, 0, 0),
        (_LOAD, _NUMBER, 0, 0),
    ]
    if machine == "x86_64":
        program += [(_AT_LEAST, _X32_BIT, 0, 1), (_RETURN, _KILL, 0, 0)]
    return program


def _encode(program: Iterable[Instruction]) -> bytes:
    packed = (struct.pack("<HBBI", code, yes, no, word) for code, word, yes, no in program)
    return b"".join(packed)


def allow_list(machine: str, process: int, channel: int, *, metadata: bool) -> bytes:
    """Return the program for `process` on `machine`, which may send through `channel` alone."""
    program = _template(machine, metadata)
    for mark, number in ((_PROCESS, process), (_CHANNEL, channel)):
        program = program.replace(_word(mark), _word(number))
    return program


@cache
def _template(machine: str, metadata: bool) -> bytes:
    numbers = table(machine)
    program = _prologue(machine)
    for name in (*_FREE, *(_METADATA if metadata else ()), "seccomp"):
        program += _if(numbers, name, (_RETURN, _ALLOW, 0, 0))
    for number, names in _QUIET.items():
        for name in names.split():
            program += _if(numbers, name, (_RETURN, _ERRNO | number, 0, 0))
    for name, body in _by_argument(_NOTIFY).items():
        program += _if(numbers, name, *body)
    return _encode([*program, (_RETURN, _NOTIFY, 0, 0)])


def _word(number: int) -> bytes:
    return struct.pack("<I", number)


def refusing(*names: str, number: int = errno.EPERM) -> bytes:
    """Return a program that refuses the calls `names` with errno `number`, without a report."""
    program = _prologue(MACHINE)
    for name in names:
        program += _if(NUMBERS, name, (_RETURN, _ERRNO | number, 0, 0))
    return _encode([*program, (_RETURN, _ALLOW, 0, 0)])


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def install(program: bytes, flags: int = 0) -> int:
    """Put the BPF `program` on the calling thread and those it starts; raises `OSError`.

    Needs no_new_privs. Returns what the system call returns: with some `flags` a descriptor.
    """
    code = ctypes.create_string_buffer(program, len(program))
    header = bytes(_Program(len(program) // 8, ctypes.addressof(code)))
    return call("seccomp", _SET_FILTER, flags, header)


def prepare_calls(*, metadata: bool) -> None:
    """Build what `close_calls` installs, so that no fork has to."""
    _template(MACHINE, metadata)


def close_calls(channel: socket.socket, *, metadata: bool) -> None:
    """Put the allow-list on the calling process and hand its listener over through `channel`.

    Handing over takes `sendmsg`; a second filter then takes that away, too. With `metadata` the
    modes and times of files may be changed. Raises `OSError`.
    """
    program = allow_list(MACHINE, os.getpid(), channel.fileno(), metadata=metadata)
    listener = install(program, _NEW_LISTENER)
    socket.send_fds(channel, [LISTENER], [listener])
    os.close(listener)
    install(refusing("sendmsg", "seccomp"))


class Listener:
    """The supervisor's end of an allow-list: where refused calls are reported and answered."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def refuse(self) -> str:
        """Answer the next refused call with EPERM and return its name, empty when it is gone."""
        notice = bytearray(80)
        try:
            fcntl.ioctl(self.descriptor, _RECEIVE, notice)
            token, number = struct.unpack_from("<Q8xi", notice)
            fcntl.ioctl(self.descriptor, _ANSWER, struct.pack("<QqiI", token, 0, -errno.EPERM, 0))
        except OSError:
            return ""
        return name_of(number)

    def close(self) -> None:
        """Let go of the descriptor; calls refused from now on fail with ENOSYS."""
        os.close(self.descriptor)
