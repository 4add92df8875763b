"""The wall as a whole: it fails closed, layer by layer, and says how strong it is."""

import json
import shutil
import subprocess
import sys

import pytest

from selfcode.records import Isolation
from selfcode.sandbox.levels import isolation, layers

# Runs where the system refuses some calls; the calling process never gets the filter.
ELSEWHERE = """
import json, sys
from selfcode.errors import WallError
from selfcode.records import Isolation
from selfcode.sandbox import seccomp
from selfcode.sandbox.levels import isolation, layers
from selfcode.sandbox.syscalls import prctl
from selfcode.sandbox.twin import Twin

names, number, minimum = sys.argv[1:]
if names:
    prctl(38, 1)
    seccomp.install(seccomp.refusing(*names.split(), number=int(number)))
try:
    twin = Twin.fork(lambda request: 1, minimum=Isolation(minimum))
    try:
        ran = twin.run({}, 5).isolation
    finally:
        twin.close()
except WallError as error:
    ran = error.layer
missing = {found.name: [found.reason, bool(found.advice)] for found in layers() if not found.holds}
print(json.dumps([ran, isolation(), missing]))
"""

OVERLAY = "throwaway overlay"
NO_NAMESPACES = ["namespaces", "private root", OVERLAY]
EPERM, ENOSYS, EINVAL = 1, 38, 22

# What the system refuses, and how; the level that is wanted; where it runs then or the layer that
# stops it; the level; the layers that do not hold.
REFUSED = {
    "nothing": ("", EPERM, "A", "A", "A", []),
    "namespaces": ("unshare", EPERM, "B", "B", "B", NO_NAMESPACES),
    "namespaces, A wanted": ("unshare", EPERM, "A", "namespaces", "B", NO_NAMESPACES),
    "namespaces, old kernel": ("unshare", ENOSYS, "B", "B", "B", NO_NAMESPACES),
    "powers in namespaces": ("mount", EPERM, "B", "B", "B", NO_NAMESPACES),
    "pivot_root": ("pivot_root", EPERM, "B", "private root", "C", ["private root", OVERLAY]),
    "binding, old kernel": (
        "mount_setattr",
        ENOSYS,
        "B",
        "private root",
        "C",
        ["private root", OVERLAY],
    ),
    "process handles": ("pidfd_open", ENOSYS, "B", "process handles", "C", ["process handles"]),
    "signals by handle": (
        "pidfd_send_signal",
        ENOSYS,
        "B",
        "process handles",
        "C",
        ["process handles"],
    ),
    "limits": ("prlimit64 setrlimit", EPERM, "B", "limits", "C", ["limits"]),
    "capset": ("capset", EPERM, "B", "privileges", "C", ["privileges"]),
    "Landlock": ("landlock_create_ruleset", EPERM, "B", "Landlock", "C", ["Landlock"]),
    "Landlock, old kernel": ("landlock_create_ruleset", ENOSYS, "B", "Landlock", "C", ["Landlock"]),
    "Landlock, late": ("landlock_restrict_self", EPERM, "B", "Landlock", "C", ["Landlock"]),
    "seccomp, old kernel": ("seccomp", EINVAL, "B", "seccomp", "C", ["seccomp"]),
    "handing over": ("sendmsg", EPERM, "B", "scratch folder", "C", ["seccomp"]),
}


def tell(*arguments, outer=()):
    command = [*outer, sys.executable, "-c", ELSEWHERE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    ran, level, missing = json.loads(done.stdout)
    assert all(reason and advice for reason, advice in missing.values())
    return ran, level, {name: reason for name, (reason, _) in missing.items()}


@pytest.mark.parametrize("case", REFUSED)
def test_where_a_layer_does_not_close_nothing_runs(case):
    names, number, minimum, *expected = REFUSED[case]
    ran, level, missing = tell(names, str(number), minimum)
    assert [ran, level, list(missing)] == expected


KINDS = {
    "user": "user, mount, process, network, IPC, host name, cgroup",
    "mnt": "mount",
    "pid": "process",
    "net": "network",
    "ipc": "IPC",
    "uts": "host name",
    "cgroup": "cgroup",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_namespaces_that_the_host_forbids_is_named(kind):
    forbid = f'echo 0 > /proc/sys/user/max_{kind}_namespaces && exec "$@"'
    outer = ["unshare", "-U", "-r", "sh", "-c", forbid, "sh"]
    ran, level, missing = tell("", "0", "B", outer=outer)
    assert (ran, level, list(missing)) == ("B", "B", NO_NAMESPACES)
    assert missing["namespaces"] == f"{KINDS[kind]}: unshare: No space left on device"


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_in_a_container_without_user_namespaces_the_other_layers_hold():
    wall = "bwrap --unshare-user --disable-userns --dev-bind / / --proc /proc"
    ran, level, missing = tell("", "0", "B", outer=wall.split())
    assert (ran, level, list(missing)) == ("B", "B", NO_NAMESPACES)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_without_proc_nothing_runs():
    wall = "bwrap --unshare-user --dev-bind / / --tmpfs /proc"
    ran, level, missing = tell("", "0", "B", outer=wall.split())
    assert (level, "threads" in missing) == ("C", True)
    assert ran not in "AB"


WITHOUT_OVERLAY = """
import sys
from selfcode.sandbox import seccomp
from selfcode.sandbox.syscalls import prctl
from selfcode.sandbox.twin import Twin

prctl(38, 1)
seccomp.install(seccomp.refusing("unshare"))
file = open("log.txt", "w+")
file.write("as it was")
file.flush()

def job(request):
    try:
        file.seek(0)
        file.write("changed")
        file.flush()
    except OSError as error:
        return error.strerror

twin = Twin.fork(job)
trial = twin.run({}, 5)
twin.close()
print(trial.isolation, trial.value, trial.error, open("log.txt").read(), sep="|")
"""


def test_without_a_private_root_an_open_file_of_the_session_cannot_be_written(tmp_path):
    command = [sys.executable, "-c", WITHOUT_OVERLAY]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout == "B|Bad file descriptor||as it was\n"


def test_every_layer_holds_here_and_trying_them_changes_nothing():
    assert [found for found in layers() if not found.holds] == []
    assert isolation() is Isolation.A
