"""Code that repairs and improves itself in a live notebook: vetted first, then injected.

In a notebook: `%load_ext selfcode`. From plain Python: the functions and records named here; each
is imported when it is first used, so that `import selfcode` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from selfcode.errors import (
        LedgerError,
        NotSwappable,
        RefusedError,
        SandboxError,
        SelfcodeError,
        StaleTarget,
        SwapError,
        UsageError,
    )
    from selfcode.face import evolve, heal, inject, propose, repair, revert, vet, watch
    from selfcode.records import (
        Candidate,
        Diagnosis,
        Example,
        Finding,
        Isolation,
        Kind,
        Outcome,
        Patch,
        Repair,
        Target,
        Trial,
        Verdict,
        Version,
    )
    from selfcode.sandbox import trial

__version__ = "0.1.0"

_HOMES = {
    "selfcode.errors": (
        "LedgerError NotSwappable RefusedError SandboxError SelfcodeError StaleTarget SwapError "
        "UsageError"
    ),
    "selfcode.face": "evolve heal inject propose repair revert vet watch",
    "selfcode.records": (
        "Candidate Diagnosis Example Finding Isolation Kind Outcome Patch Repair Target Trial "
        "Verdict Version"
    ),
    "selfcode.sandbox": "trial",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Candidate",
    "Diagnosis",
    "Example",
    "Finding",
    "Isolation",
    "Kind",
    "LedgerError",
    "NotSwappable",
    "Outcome",
    "Patch",
    "RefusedError",
    "Repair",
    "SandboxError",
    "SelfcodeError",
    "StaleTarget",
    "SwapError",
    "Target",
    "Trial",
    "UsageError",
    "Verdict",
    "Version",
    "evolve",
    "heal",
    "inject",
    "propose",
    "repair",
    "revert",
    "trial",
    "vet",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'selfcode' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Open selfcode in `shell`: what `%load_ext selfcode` calls."""
    importlib.import_module("selfcode.notebook.front").load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Close selfcode in `shell`: what `%unload_ext selfcode` calls."""
    importlib.import_module("selfcode.notebook.front").unload(shell)
