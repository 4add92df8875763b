"""The census: what becomes of each system call that is tried behind the wall, arguments all -1.

`census.txt` is the published list. Whoever changes what is let through changes the list, too, and
should say why.
"""

from pathlib import Path

from selfcode.sandbox.syscalls import NUMBERS, name_of

PUBLISHED = Path(__file__).with_name("census.txt")
REFUSED, SILENT, LET_THROUGH = "refused and reported", "refused in silence", "let through"
KILLED, ENDED = "killed", "ends or parks the trial"
X32 = 0x40000000
NATIVE = range(600)
FOREIGN = [X32 | number for number in (*range(60), *range(512, 548))]

_TRY = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
word = ctypes.c_long(-1)
done = libc.syscall(ctypes.c_long({number}), *[word] * 6)
result = [done, errno.errorcode.get(ctypes.get_errno()) if done == -1 else None]
"""
# What the kernel itself does not answer to such arguments, and the filter does.
_SILENT = {
    "EPERM": "mbind set_mempolicy get_mempolicy chown fchown lchown fchownat seccomp "
    "sendmsg arch_prctl",
    "ENOSYS": "clone3",
    "ENOTTY": "ioctl",
    "ENOTSUP": "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr "
    "flistxattr removexattr lremovexattr fremovexattr",
    "EOPNOTSUPP": "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr "
    "flistxattr removexattr lremovexattr fremovexattr",
}


def taken(worker, numbers=(*NATIVE, *FOREIGN)):
    """Return what becomes of each of `numbers`, each tried in a trial of its own."""
    return {number: _outcome(worker, number) for number in numbers}


def _outcome(worker, number):
    ran = worker.run({"source": _TRY.format(number=number)}, 0.3)
    if any("foreign convention" in name for name in ran.refused):
        return KILLED
    if ran.refused:
        return REFUSED if ran.refused == (name_of(number),) else f"reported as {ran.refused}"
    if not ran.ok:
        return ENDED
    error = ran.value[1]
    return SILENT if name_of(number) in _SILENT.get(error, "").split() else LET_THROUGH


def written(census):
    """Return the list as it is published."""
    known = {number: name for name, number in NUMBERS.items()}
    lines = []
    for number, outcome in census.items():
        low = number & ~X32
        name = f"x32 {low}" if number & X32 else f"{number} {known.get(number, '(unknown)')}"
        lines.append(f"{name}: {outcome}\n")
    return "".join(lines)
