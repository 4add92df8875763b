"""The wall as a whole: it fails closed, layer by layer, and says how strong it is."""

import json
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

prctl(38, 1)
seccomp.install(seccomp.refusing(*sys.argv[1].split()))
twin = Twin.fork(lambda request: 1, minimum=Isolation(sys.argv[2]))
try:
    ran = twin.run({}, 5).isolation
except WallError as error:
    ran = error.layer
twin.close()
print(json.dumps([ran, isolation(), [found.name for found in layers() if not found.holds]]))
"""

OVERLAY = "throwaway overlay"
NO_NAMESPACES = ["namespaces", "private root", OVERLAY]

REFUSED = {
    "nothing": ("", "A", ["A", "A", []]),
    "namespaces": ("unshare", "B", ["B", "B", NO_NAMESPACES]),
    "namespaces, A wanted": ("unshare", "A", ["namespaces", "B", NO_NAMESPACES]),
    "powers in namespaces": ("mount", "B", ["B", "B", NO_NAMESPACES]),
    "pivot_root": ("pivot_root", "B", ["private root", "C", ["private root", OVERLAY]]),
    "binding": ("mount_setattr", "B", ["private root", "C", ["private root", OVERLAY]]),
    "capset": ("capset", "B", ["privileges", "C", ["privileges"]]),
    "Landlock": ("landlock_create_ruleset", "B", ["Landlock", "C", ["Landlock"]]),
    "Landlock, late": ("landlock_restrict_self", "B", ["Landlock", "C", ["Landlock"]]),
    "handing over": ("sendmsg", "B", ["scratch folder", "C", ["seccomp"]]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_a_layer_does_not_close_nothing_runs(case):
    names, minimum, expected = REFUSED[case]
    command = [sys.executable, "-c", ELSEWHERE, names, minimum]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert json.loads(done.stdout) == expected


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


def test_a_layer_that_does_not_hold_comes_with_advice():
    text = ELSEWHERE.replace("print(json", "print([f.advice for f in layers()][1]) #")
    command = [sys.executable, "-c", text, "unshare", "B"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Allow unprivileged user namespaces (sysctl user.max_user")
