"""The census: every system call is tried once behind the wall, and the list of those let through.

Whoever adds a call to the allow-list changes this list, too, and should say why.
"""

import platform

import pytest

from selfcode.sandbox import close_workers, trial
from selfcode.sandbox.syscalls import NUMBERS

pytestmark = pytest.mark.danger

# Let through whatever the arguments. Those that would end or park the trial are not tried.
LET_THROUGH = set(
    """
read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction
rt_sigprocmask rt_sigpending pread64 pwrite64 readv writev access pipe sched_yield mremap msync
mincore madvise dup dup2 nanosleep getpid uname flock fsync fdatasync truncate ftruncate
getdents getcwd chdir fchdir rename mkdir rmdir unlink readlink symlink link umask gettimeofday
getrlimit getrusage sysinfo times getuid getgid geteuid getegid getppid getpgrp getpgid getsid
getgroups getresuid getresgid sigaltstack statfs fstatfs gettid time futex futex_waitv
sched_getaffinity set_tid_address getdents64 fadvise64 clock_gettime clock_getres clock_nanosleep
epoll_create epoll_wait epoll_ctl openat mkdirat newfstatat unlinkat renameat symlinkat linkat
readlinkat faccessat pselect6 ppoll set_robust_list epoll_pwait epoll_pwait2 eventfd eventfd2
epoll_create1 dup3 pipe2 getcpu renameat2 getrandom copy_file_range preadv pwritev preadv2 pwritev2
statx rseq faccessat2 close_range membarrier fallocate sendfile restart_syscall
sched_get_priority_max sched_get_priority_min sched_getparam sched_getscheduler getitimer setitimer
alarm timerfd_create timerfd_settime timerfd_gettime sync_file_range recvfrom getsockopt shutdown
getsockname getpeername chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat select
uretprobe uprobe
""".split()
)
ENDING = set("exit exit_group pause rt_sigsuspend rt_sigreturn rt_sigtimedwait".split())
QUIETLY_REFUSED = set(
    """
clone3 mbind set_mempolicy get_mempolicy chown fchown lchown fchownat setxattr lsetxattr fsetxattr
getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr
sendmsg seccomp ioctl arch_prctl
""".split()
)

TRY = """
import ctypes, os
libc = ctypes.CDLL(None)
word = ctypes.c_long(-1)
for number in {numbers}:
    libc.syscall(ctypes.c_long(number), *[word] * 6)
result = True
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the list is that of x86_64")
def test_exactly_the_published_calls_get_through():
    tried = [n for n in NUMBERS if n not in LET_THROUGH | ENDING | QUIETLY_REFUSED]
    refused = set()
    for first in range(0, len(tried), 100):
        numbers = [NUMBERS[name] for name in tried[first : first + 100]]
        ran = trial(TRY.format(numbers=numbers))
        assert ran.value is True, ran
        refused |= set(ran.refused)
    assert refused == set(tried)
    close_workers()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the list is that of x86_64")
def test_the_published_calls_are_refused_to_nobody():
    harmless = LET_THROUGH - set("close_range close dup2 dup3 alarm set_robust_list brk".split())
    for name in sorted(harmless - {"uretprobe", "uprobe"}):
        ran = trial(TRY.format(numbers=[NUMBERS[name]]), timeout=1.0)
        assert ran.refused == (), name
    close_workers()
