"""`selfcode ledger`: check the ledger's seals, or write it out, without a notebook."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from selfcode.errors import UsageError

if TYPE_CHECKING:
    from selfcode.ledger import Ledger

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    """Add `ledger verify` and `ledger export` to the command line."""
    text = "check what was decided, and by whom, or write it to a file"
    command = commands.add_parser("ledger", help=text, description=text)
    actions = command.add_subparsers(metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="check that no entry was changed")
    export = actions.add_parser("export", help="write all entries as JSON lines")
    export.add_argument("file", type=Path, metavar="FILE", help="where to write them")
    verify.set_defaults(run=_verify)
    export.set_defaults(run=_export)
    for action in (verify, export):
        action.add_argument(
            "--ledger",
            type=Path,
            metavar="PATH",
            help="the ledger's file (default: selfcode/ledger.sqlite in Jupyter's data folder)",
        )


def _verify(arguments: argparse.Namespace) -> int:
    path = _path(arguments)
    with closing(_open(path)) as ledger:
        count = ledger.verify()
    print(f"The ledger holds: {count} entries match their seals ({path}).")  # noqa: T201 - the answer
    return 0


def _export(arguments: argparse.Namespace) -> int:
    if arguments.file.exists():
        raise UsageError(f"{arguments.file} exists already. Name a file that does not.")
    with closing(_open(_path(arguments))) as ledger:
        count = ledger.export(arguments.file)
    print(f"Wrote {count} entries to {arguments.file}.")  # noqa: T201 - the answer
    return 0


def _path(arguments: argparse.Namespace) -> Path:
    from jupyter_core.paths import jupyter_data_dir

    path: Path = arguments.ledger or Path(jupyter_data_dir(), "selfcode", "ledger.sqlite")
    if not path.is_file():
        raise UsageError(f"there is no ledger at {path}. Name one with --ledger PATH.")
    return path


def _open(path: Path) -> Ledger:
    from selfcode.ledger import Ledger

    return Ledger(path)
