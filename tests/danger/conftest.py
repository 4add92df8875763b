"""Every module here runs inside an outer bubblewrap: a hole in the wall must not harm the machine.

Outside, a module is collected as tests that run it again inside: read-only root, a copy of
/etc, a /tmp in memory, no network, no other process; as a user, and what the user's rights may
matter for also as root. How many cases of each group held is told at the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

INSIDE = "SELFCODE_OUTER_WALL"
AS_ROOT_TOO = ("test_hostile.py", "test_live_state.py")
WALL = (
    "bwrap --unshare-all --unshare-user --uid 0 --gid 0 --cap-add ALL --die-with-parent "
    "--new-session --clearenv --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp"
)
ENVIRONMENT = {INSIDE: "1", "PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}
HELD = "held: "


def pytest_pycollect_makemodule(module_path, parent):
    if INSIDE not in os.environ:
        return Outside.from_parent(parent, path=module_path)
    return None


def run_inside(user, *arguments):
    """Run python with `arguments` behind the outer wall, as `user` or `root`."""
    with tempfile.TemporaryDirectory() as folder:
        etc = Path(folder, "etc")
        etc.mkdir()
        for name in ("passwd", "group", "localtime", "ld.so.cache", "mime.types"):
            if Path("/etc", name).exists():
                shutil.copyfile(Path("/etc", name), etc / name)
        given = [word for pair in ENVIRONMENT.items() for word in ("--setenv", *pair)]
        enter = [sys.executable, "-B", str(Path(__file__).with_name("enter.py")), user]
        command = [*WALL.split(), "--bind", str(etc), "/etc", *given, *enter, *arguments]
        return subprocess.run(command, capture_output=True, text=True)


class Outside(pytest.File):
    def collect(self):
        for user in ("user", "root")[: 1 + (self.path.name in AS_ROOT_TOO)]:
            yield InsideBubblewrap.from_parent(self, name=f"inside_bubblewrap_as_{user}", user=user)


class InsideBubblewrap(pytest.Item):
    def __init__(self, user, **kwargs):
        super().__init__(**kwargs)
        self.user = user

    def setup(self):
        if shutil.which("bwrap") is None:
            pytest.skip("hostile code is only run inside bubblewrap: apt-get install bubblewrap")

    def runtest(self):
        options = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(self.path)]
        done = run_inside(self.user, *options)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        lines = [line for line in done.stdout.splitlines() if line.startswith(HELD)]
        self.add_report_section("call", f"as {self.user}", "\n".join(lines))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name} inside bubblewrap"


def pytest_collection_modifyitems(items):
    for item in items:
        for case in (getattr(item, "callspec", None) and item.callspec.params.values()) or ():
            if hasattr(case, "group"):
                item.user_properties.append(("group", case.group))


def pytest_terminal_summary(terminalreporter):
    """Inside, tell how many cases of each group held; outside, tell what was told inside."""
    passed = terminalreporter.stats.get("passed", [])
    if INSIDE in os.environ:
        every = [*passed, *terminalreporter.stats.get("failed", [])]
        held, all_of = (
            Counter(dict(r.user_properties).get("group") for r in s) for s in (passed, every)
        )
        for group in sorted(filter(None, all_of)):
            terminalreporter.write_line(f"{HELD}{group}: {held[group]} of {all_of[group]}")
        return
    told = [section for report in passed for section in report.sections if HELD in section[1]]
    for title, text in told:
        terminalreporter.section(f"hostile cases that were held, {title.removeprefix('Captured ')}")
        terminalreporter.write_line(text.replace(HELD, ""))
