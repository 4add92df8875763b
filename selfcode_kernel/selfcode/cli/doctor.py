"""`selfcode doctor`: which layers of the wall hold here, and the versions of what matters."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from selfcode.records import Isolation

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

PACKAGES = "selfcode ipython ipykernel jupyter-client bandit RestrictedPython rapidfuzz".split()

_LEVELS = {
    Isolation.A: "the whole wall holds; candidates are tried on a copy of the live state",
    Isolation.B: "no namespaces here; candidates are tried behind the other layers",
    Isolation.C: "no wall here; candidates are not tried on live state",
}


def register(commands: Commands) -> None:
    """Add `doctor` to the command line."""
    text = "show each layer of the wall, whether it holds here, and what to do"
    command = commands.add_parser(
        "doctor",
        help=text,
        description=text,
        epilog="exit code 0 at isolation level A or B, 1 at C",
    )
    command.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print the layers and versions; return 0 when candidates can be tried here, else 1."""
    from selfcode.sandbox.levels import isolation, layers

    found, level = layers(), isolation()
    width = max(len(layer.name) for layer in found)
    lines = []
    for layer in found:
        mark, said = ("✓", "holds") if layer.holds else ("✗", layer.reason)
        lines.append(f"{mark} {layer.name:<{width}}  {said}")
        if layer.advice:
            lines.append(f"  {'':<{width}}  → {layer.advice}")
    lines += ["", f"isolation {level}: {_LEVELS[level]}", "", *_versions()]
    print("\n".join(lines))  # noqa: T201 - the output of the command
    return 1 if level is Isolation.C else 0


def _versions() -> list[str]:
    found = {"system": platform.platform(), "python": platform.python_version()}
    found |= {name: _version(name) for name in PACKAGES}
    return [f"{name:<16}  {number}" for name, number in found.items()]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing: pip install selfcode again"
