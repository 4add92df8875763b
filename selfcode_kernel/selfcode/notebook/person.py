"""Whether a person typed the command that runs now, as far as a kernel can tell, and asking them.

A command that code gives is told from one that was typed by the request that the kernel answers:
its text is the command alone, and its front end offers to ask. What a program types that drives a
kernel with the connection's key cannot be told from a person's; it has to read and type the word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from selfcode.freeze import ask_on_terminal


def objection(shell: InteractiveShell, command: str, cells: Sequence[str]) -> str:
    """Return why no person can have typed `command`; empty when a person may have.

    `cells` are the texts of the cells that run now, the outermost first.
    """
    alone = f"`{command}` has to be typed by a person, alone in a cell: no code can run it."
    if not cells or not _is(cells[-1], command):
        return alone
    kernel: Any = getattr(shell, "kernel", None)
    if kernel is None:
        return alone if len(cells) > 1 else ""
    request = kernel.get_parent("shell") or {}
    content: Mapping[str, Any] = request.get("content") or {}
    asked = (request.get("header") or {}).get("msg_type") == "execute_request"
    if not asked or content.get("silent") or not _is(content.get("code"), command):
        return alone
    if not content.get("allow_stdin"):
        return "this front end cannot ask a person. Type `selfcode unfreeze` in a terminal."
    return ""


def _is(text: object, command: str) -> bool:
    return isinstance(text, str) and text.split() == command.split()


def asking(shell: InteractiveShell) -> Callable[[str], str]:
    """Return what asks the person at the front end, or at the terminal, past what code put there.

    `input` in the live names may be anything; the kernel's own class is asked instead.
    """
    kernel: Any = getattr(shell, "kernel", None)
    if kernel is None:
        return ask_on_terminal
    return lambda prompt: str(type(kernel).raw_input(kernel, prompt))
