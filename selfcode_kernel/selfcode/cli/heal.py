"""`selfcode heal`: run a notebook, repair what fails, run it again to its end, write the result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from selfcode.errors import UsageError

if TYPE_CHECKING:
    from selfcode.cli.healing import Mend

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    """Add `heal NOTEBOOK` to the command line."""
    text = "run a notebook, repair what fails, and write the healed notebook"
    command = commands.add_parser(
        "heal",
        help=text,
        description=f"{text}. Exit code 0: it runs to its end; 1: not healed; 2: bad usage.",
    )
    command.add_argument("notebook", type=Path, metavar="NOTEBOOK.ipynb")
    command.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="where to write (NOTEBOOK-healed.ipynb)"
    )
    command.add_argument("--in-place", action="store_true", help="write over the notebook itself")
    command.add_argument(
        "--yes",
        action="store_true",
        help="approve every accepted patch without asking, those of your own modules too",
    )
    command.add_argument(
        "--timeout", type=_seconds, default=600.0, metavar="SECONDS", help="for one cell (600)"
    )
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from selfcode.cli.healing import heal

    output = _output(arguments.notebook, arguments.output, arguments.in_place)
    decide = _agree if arguments.yes else _ask
    report = heal(arguments.notebook, output, decide=decide, timeout=arguments.timeout)
    sys.stdout.write(report.text())
    return 0 if report.healed else 1


def _output(notebook: Path, output: Path | None, in_place: bool) -> Path:
    if not notebook.is_file():
        raise UsageError(f"there is no notebook {notebook}.")
    if in_place and output is not None:
        raise UsageError("give either --in-place or -o OUT.")
    if in_place:
        return notebook
    output = output or notebook.with_name(f"{notebook.stem}-healed.ipynb")
    if output.is_dir() or not output.parent.is_dir():
        raise UsageError(f"{output} cannot be written: name a file in a folder that exists.")
    if output.exists() and output.samefile(notebook):
        raise UsageError(f"{output} is the notebook itself. To write over it, say --in-place.")
    return output


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError("it must be more than 0 seconds")
    return seconds


def _agree(_mend: Mend) -> bool:
    return True


def _ask(mend: Mend) -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("selfcode: nobody is there to approve a patch. Say --yes to approve.\n")
        return False
    sys.stdout.write(f"{mend.shown}\n")
    return input("Approve? [y/N] ").strip().lower() in ("y", "yes")
