"""A real ipykernel, driven over jupyter_client as a front end drives it."""

from __future__ import annotations

import os
import queue
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager


@dataclass
class Ran:
    """What one cell gave: plain texts of its outputs, the error, and the message payloads."""

    text: str = ""
    displays: list[dict] = field(default_factory=list)
    error: str = ""
    traceback: str = ""
    payload: list[dict] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """All text/plain of the cell's displays."""
        return "\n".join(data["text/plain"] for data in self.displays)


class Kernel:
    """A running kernel; `run` runs a cell, `proposal` waits for what selfcode shows afterwards."""

    def __init__(self, folder: Path, *arguments: str, load: bool = True) -> None:
        environment = {
            **os.environ,
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
            "MPLBACKEND": "agg",
        }
        self.folder = folder
        self.manager = KernelManager()
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.kernel_spec.argv = [*command, *arguments]
        self.manager.start_kernel(env=environment, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.parent = ""
        if load:
            self.headline = self.run("%load_ext selfcode").text

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def run(self, code: str, timeout: float = 60, cell_id: str | None = None) -> Ran:
        """Run a cell and return what came until the kernel was idle again."""
        metadata = {"cellId": cell_id} if cell_id else {}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        self.parent = message["header"]["msg_id"]
        ran = Ran()
        self._collect(ran, self.parent, timeout, until_idle=True)
        reply = self.client.get_shell_msg(timeout=timeout)
        while reply["parent_header"].get("msg_id") != self.parent:
            reply = self.client.get_shell_msg(timeout=timeout)
        ran.payload = reply["content"].get("payload", [])
        return ran

    def fail(self, code: str, timeout: float = 20, cell_id: str | None = None) -> tuple[Ran, Ran]:
        """Run a cell that fails; return it, and what selfcode shows under it afterwards."""
        ran, later = self.watch(code, timeout, cell_id)
        assert ran.error or ran.text, "the cell did not fail"
        return ran, later

    def watch(self, code: str, timeout: float = 20, cell_id: str | None = None) -> tuple[Ran, Ran]:
        """Run a cell; return it, and what selfcode shows under it afterwards."""
        ran = self.run(code, cell_id=cell_id)
        later = Ran()
        if not ran.displays:
            self._collect(later, self.parent, timeout, until_idle=False)
        return ran, later if later.displays else ran

    def _collect(self, ran: Ran, parent: str, timeout: float, until_idle: bool) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                return
            if message["parent_header"].get("msg_id") != parent:
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "stream":
                ran.text += content["text"]
            elif kind in ("display_data", "execute_result"):
                ran.displays.append(content["data"])
                if not until_idle:
                    return
            elif kind == "error":
                ran.error = f"{content['ename']}: {content['evalue']}"
                ran.traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
            elif kind == "status" and content["execution_state"] == "idle" and until_idle:
                return

    def value(self, expression: str) -> str:
        """Return the repr of an expression in the live namespace."""
        ran = self.run(f"print(repr(({expression})))")
        assert not ran.error, ran.traceback
        return ran.text.strip()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()
