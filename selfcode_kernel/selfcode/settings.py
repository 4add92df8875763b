"""The settings: traitlets that a user changes, within limits that only an administrator sets.

`%config Selfcode`, `c.Selfcode.<name> = ...` in a configuration file. A system-wide limit is a file
`selfcode_config.json` in one of Jupyter's system configuration folders (`jupyter --paths`), for
example `{"Selfcode": {"mode": "observe", "auto_per_hour": 2}}`: what is named there can be made
stricter by a user, a notebook or a message, never looser. `"frozen": true` stops selfcode at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from selfcode.errors import UsageError
from selfcode.records import Isolation

MODES = ("observe", "ask", "auto")
LIMITS_FILE = "selfcode_config.json"

_STRICTER: Mapping[str, Callable[[Any, Any], Any]] = {
    "mode": lambda limit, wanted: min(limit, wanted, key=MODES.index),
    "minimum_isolation": min,
    "auto_isolation": min,
    "auto_per_hour": min,
    "auto_modules": lambda limit, wanted: limit and wanted,
    "seconds": min,
    "trial_seconds": min,
    "candidates": min,
    "capabilities": lambda limit, wanted: [name for name in wanted if name in limit],
    "strict": lambda limit, wanted: limit or wanted,
    "frozen": lambda limit, wanted: limit or wanted,
}


class Selfcode(Configurable):
    """What selfcode may do in this session; see each setting's help with `%config Selfcode`."""

    mode = Enum(
        MODES,
        "ask",
        help="observe: propose, never approve; ask: a person approves; auto: approve by itself "
        "what the auto_ settings allow.",
    ).tag(config=True)
    on = Bool(True, help="Whether failing cells are looked at.").tag(config=True)
    seconds = Float(10.0, help="Time for one failure, all candidates together.").tag(config=True)
    trial_seconds = Float(5.0, help="Time for one trial behind the wall.").tag(config=True)
    candidates = Int(24, help="Candidates that are judged for one failure.").tag(config=True)
    minimum_isolation = Enum(
        ("A", "B"), "B", help="Weakest isolation level at which candidates are tried."
    ).tag(config=True)
    capabilities = List(
        Unicode(), help="Capabilities that repairs may use beyond what the old code could do."
    ).tag(config=True)
    strict = Bool(
        False, help="Whether RestrictedPython refuses a candidate, rather than only commenting."
    ).tag(config=True)
    auto_isolation = Enum(("A", "B"), "A", help="auto: weakest isolation level.").tag(config=True)
    auto_per_hour = Int(10, min=0, help="auto: approvals in any hour.").tag(config=True)
    auto_modules = Bool(
        False, help="auto: also change definitions of imported modules, not only of this session."
    ).tag(config=True)
    rewrite_files = Bool(
        True, help="Whether an approved change of a module goes into its file too."
    ).tag(config=True)
    ledger = Unicode(
        "", help="The ledger's file; empty: selfcode/ledger.sqlite in Jupyter's data folder."
    ).tag(config=True)
    frozen = Bool(False, help="Only as a limit: whether selfcode is frozen for all users.")
    limits = Dict(read_only=True, help="The system-wide limits in force.")

    def __init__(self, limits: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.set_trait("limits", dict(limits or {}))
        super().__init__(**kwargs)
        for name in self.limits:
            setattr(self, name, getattr(self, name))

    @validate(*_STRICTER)
    def _within_limits(self, proposal: Any) -> Any:
        name: str = proposal["trait"].name
        wanted = proposal["value"]
        if name not in self.limits:
            return wanted
        return _STRICTER[name](self.limits[name], wanted)

    @property
    def isolation_floor(self) -> Isolation:
        """The weakest isolation level at which candidates are tried."""
        return Isolation(self.minimum_isolation)


def system_limits(folders: Iterable[str]) -> dict[str, Any]:
    """Return the limits that `folders` hold, the strictest where several name the same setting.

    Raises `UsageError` when a limits file cannot be read or names no such setting: a broken limit
    must stop selfcode rather than be ignored.
    """
    limits: dict[str, Any] = {}
    for folder in folders:
        path = Path(folder) / LIMITS_FILE
        for name, value in _read(path).items():
            _check(path, name, value)
            limits[name] = _STRICTER[name](limits[name], value) if name in limits else value
    return limits


def _check(path: Path, name: str, value: Any) -> None:
    if name not in _STRICTER:
        raise UsageError(f"{path} limits {name!r}, which is no setting with a limit.")
    try:
        setattr(Selfcode(), name, value)
    except TraitError as error:
        raise UsageError(f"{path}: {error} Ask this system's administrator to mend it.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        section = json.loads(path.read_text())["Selfcode"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} cannot be read ({error!r}). It holds the limits of this system: ask its "
            'administrator to mend it. It looks like {"Selfcode": {"mode": "observe"}}.'
        ) from error
    if not isinstance(section, dict):
        raise UsageError(f"{path}: the value of Selfcode is not an object of settings.")
    return section
