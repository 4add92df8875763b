"""Every module here runs inside an outer bubblewrap: a hole in the wall must not harm the machine.

Outside, a module is collected as tests that run it again inside: read-only root, a copy of
/etc, a /tmp in memory, no network, no other process; once as a user, once as root.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

INSIDE = "SELFCODE_OUTER_WALL"
USERS = {"user": "--uid 1000 --gid 1000", "root": "--uid 0 --gid 0 --cap-add ALL"}


def pytest_pycollect_makemodule(module_path, parent):
    if INSIDE not in os.environ:
        return Outside.from_parent(parent, path=module_path)
    return None


class Outside(pytest.File):
    def collect(self):
        for user, options in USERS.items():
            yield InsideBubblewrap.from_parent(
                self, name=f"inside_bubblewrap_as_{user}", options=options
            )


class InsideBubblewrap(pytest.Item):
    def __init__(self, options, **kwargs):
        super().__init__(**kwargs)
        self.options = options

    def setup(self):
        if shutil.which("bwrap") is None:
            pytest.skip("hostile code is only run inside bubblewrap: apt-get install bubblewrap")

    def runtest(self):
        with tempfile.TemporaryDirectory() as folder:
            etc = Path(folder, "etc")
            etc.mkdir()
            for name in ("passwd", "group", "localtime", "ld.so.cache", "mime.types"):
                if Path("/etc", name).exists():
                    shutil.copyfile(Path("/etc", name), etc / name)
            before = fingerprint(etc)
            done = subprocess.run(self._command(etc), capture_output=True, text=True)
            if done.returncode:
                raise AssertionError(done.stdout + done.stderr)
            assert fingerprint(etc) == before
        self.add_report_section("call", "inside bubblewrap", done.stdout)

    def _command(self, etc):
        wall = (
            f"bwrap --unshare-all --unshare-user {self.options} --die-with-parent --new-session "
            " --clearenv --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp"
        )
        environment = {INSIDE: "1", "PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}
        given = [word for pair in environment.items() for word in ("--setenv", *pair)]
        pytest_ = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return [*wall.split(), "--bind", str(etc), "/etc", *given, *pytest_, str(self.path)]

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name} inside bubblewrap"


def fingerprint(folder):
    """Return content and metadata of everything in `folder`."""
    facts = {}
    for path in [folder, *folder.rglob("*")]:
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        facts[str(path)] = (state.st_mode, state.st_uid, state.st_mtime_ns, content)
    return facts
