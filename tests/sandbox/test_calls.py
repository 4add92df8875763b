"""The filter of system calls, judged instruction by instruction for both machines."""

import errno
import struct

import pytest

from selfcode.sandbox.seccomp import allow_list
from selfcode.sandbox.syscalls import ARCHITECTURES, table

ALLOW, KILL, NOTIFY, ERRNO = 0x7FFF0000, 0x80000000, 0x7FC00000, 0x00050000
PROCESS, CHANNEL = 4321, 7
QUIET = {errno.ENOSYS, errno.EPERM, errno.ENOTSUP, errno.ENOTTY}


def judge(program, architecture, number, arguments=()):
    """Run the classic BPF `program` on one system call, as the kernel does; return its verdict."""
    words = [*arguments, *[0] * 6][:6]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(w & (1 << 64) - 1 for w in words))
    code = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    at = value = 0
    while True:
        operation, yes, no, word = code[at]
        at += 1
        match operation:
            case 0x20:
                (value,) = struct.unpack_from("<I", data, word)
            case 0x54:
                value &= word
            case 0x06:
                return word
            case 0x15 | 0x35 | 0x45:
                hit = {0x15: value == word, 0x35: value >= word, 0x45: bool(value & word)}
                at += yes if hit[operation] else no
            case _:
                raise AssertionError(f"operation {operation:#x}")


@pytest.fixture(params=ARCHITECTURES)
def machine(request):
    return request.param


@pytest.fixture
def ask(machine):
    """Judge a call by name: `free`, `refused` (reported), or the error that it quietly gets."""
    program = allow_list(machine, PROCESS, CHANNEL, metadata=True)
    numbers = table(machine)

    def ask(name, *arguments):
        verdict = judge(program, ARCHITECTURES[machine], numbers[name], arguments)
        named = {ALLOW: "free", NOTIFY: "refused", KILL: "killed"}
        return named.get(verdict) or errno.errorcode[verdict & ~ERRNO]

    return ask


# Reaches outside the trial, whatever its arguments.
NEVER = """
accept accept4 acct add_key bind bpf chroot clone3 connect delete_module execve execveat
fanotify_init finit_module fsmount fsopen init_module inotify_init1 io_uring_enter io_uring_register
io_uring_setup kcmp kexec_file_load kexec_load keyctl landlock_create_ruleset listen memfd_create
memfd_secret mount mount_setattr move_mount move_pages mq_open msgget name_to_handle_at
open_by_handle_at open_tree openat2 perf_event_open personality pidfd_getfd pidfd_open
pidfd_send_signal pivot_root process_madvise process_vm_readv process_vm_writev ptrace quotactl
reboot recvmmsg recvmsg request_key rt_sigqueueinfo rt_tgsigqueueinfo sched_setattr
sched_setscheduler semget sendmmsg setns setsockopt setuid setgid shmget socket splice swapon syslog
tee timer_create tkill umount2 unshare userfaultfd vhangup vmsplice mknodat setpriority setrlimit
setpgid setsid capset clock_settime settimeofday adjtimex sethostname setdomainname process_mrelease
""".split()

THREAD = 0x3D0F00  # what glibc passes for a new thread
BY_ARGUMENT = {
    "a thread": ("clone", (THREAD,), "free"),
    "a process": ("clone", (0x1200011,), "refused"),
    "a thread in namespaces": ("clone", (THREAD | 1 << 28,), "refused"),
    "a thread in a time namespace": ("clone", (THREAD | 1 << 7,), "refused"),
    "a signal to itself": ("kill", (PROCESS, 9), "free"),
    "a signal to its parent": ("kill", (1, 9), "refused"),
    "a signal to its group": ("kill", (0, 9), "refused"),
    "a signal to all": ("kill", (-1, 9), "refused"),
    "a signal to its thread": ("tgkill", (PROCESS, 5, 9), "free"),
    "a signal to another's thread": ("tgkill", (1, 1, 9), "refused"),
    "a limit read": ("prlimit64", (0, 7, 0, 4096), "free"),
    "a limit set": ("prlimit64", (0, 7, 4096, 0), "refused"),
    "a limit set far up": ("prlimit64", (0, 7, 1 << 32, 0), "refused"),
    "a stream pair": ("socketpair", (1, 1 | 0o2004000), "free"),
    "a datagram pair": ("socketpair", (1, 2), "refused"),
    "a pair of another family": ("socketpair", (40, 1), "refused"),
    "data without an address": ("sendto", (4, 1, 1, 0, 0, 0), "free"),
    "data to an address": ("sendto", (4, 1, 1, 0, 4096, 16), "refused"),
    "a message through the channel": ("sendmsg", (CHANNEL,), "free"),
    "a message elsewhere": ("sendmsg", (8,), "refused"),
    "a lock on a file": ("fcntl", (3, 6), "free"),
    "a copy of a descriptor": ("fcntl", (3, 1030), "free"),
    "signals for another": ("fcntl", (3, 8, 1), "refused"),
    "a lease": ("fcntl", (3, 1024, 0), "refused"),
    "notices of a folder": ("fcntl", (3, 1026, 1), "refused"),
    "whether it is a terminal": ("ioctl", (1, 0x5401), "free"),
    "typing into a terminal": ("ioctl", (0, 0x5412), "ENOTTY"),
    "a name for a thread": ("prctl", (15,), "free"),
    "new privileges": ("prctl", (38, 0), "refused"),
    "its own processors": ("sched_setaffinity", (0,), "free"),
    "another's processors": ("sched_setaffinity", (1,), "refused"),
}


def test_what_reaches_outside_is_never_free(ask, machine):
    there = table(machine)
    found = {name: ask(name) for name in NEVER if name in there}
    assert set(found.values()) <= {"refused", "ENOSYS"}
    assert len(found) > 80


def test_what_depends_on_its_arguments_is_told_apart(ask):
    found = {case: ask(name, *words) for case, (name, words, _) in BY_ARGUMENT.items()}
    assert found == {case: verdict for case, (*_, verdict) in BY_ARGUMENT.items()}


def test_what_python_needs_is_free(ask, machine):
    needed = "read write openat close newfstatat lseek mmap munmap futex getrandom exit_group"
    assert {ask(name) for name in needed.split()} == {"free"}


def test_numbers_without_a_name_are_refused_and_other_conventions_end_the_trial(machine):
    program = allow_list(machine, PROCESS, CHANNEL, metadata=True)
    known = set(table(machine).values())
    verdicts = {judge(program, ARCHITECTURES[machine], n) for n in set(range(2000)) - known}
    assert verdicts == {NOTIFY}
    foreign = [0x40000003, 0x40000028, *(set(ARCHITECTURES.values()) - {ARCHITECTURES[machine]})]
    assert {judge(program, other, 1) for other in foreign} == {KILL}
    x32 = judge(program, ARCHITECTURES[machine], 0x40000001)
    assert x32 == (KILL if machine == "x86_64" else NOTIFY)


def test_without_a_private_root_modes_and_times_cannot_be_changed(machine):
    program = allow_list(machine, PROCESS, CHANNEL, metadata=False)
    numbers = table(machine)
    names = [n for n in "chmod fchmod fchmodat fchmodat2 utimensat".split() if n in numbers]
    assert {judge(program, ARCHITECTURES[machine], numbers[n]) for n in names} == {NOTIFY}
