"""`selfcode freeze` and `selfcode unfreeze`: the off switch of all your kernels, in a terminal."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from selfcode.errors import UsageError

if TYPE_CHECKING:
    from selfcode.freeze import Freeze
    from selfcode.ledger import Ledger

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_BY = "command line"


def register(commands: Commands) -> None:
    """Add `freeze` and `unfreeze` to the command line."""
    for name, text, run in (
        ("freeze", "stop all proposing, vetting and injecting at once, in all kernels", _begin),
        ("unfreeze", "lift the freeze: asks for a word at the terminal", _lift),
    ):
        command = commands.add_parser(
            name, help=text, description=f"{text}. Going back to an older version always works."
        )
        command.set_defaults(run=run)


def _begin(_arguments: argparse.Namespace) -> int:
    from selfcode.freeze import LIFTED, STILL, Freeze

    freeze = Freeze.of_user()
    begun = freeze.begin(_BY)
    said = "Frozen" if begun else "It is frozen already"
    print(f"{said}, in all your kernels. {STILL} {LIFTED}")  # noqa: T201 - the answer
    if begun:
        with closing(_ledger(freeze)) as ledger:
            ledger.append(_BY, "freeze", by=_BY)
    return 0


def _lift(_arguments: argparse.Namespace) -> int:
    from selfcode.freeze import Freeze, ask_on_terminal

    freeze = Freeze.of_user()
    if not freeze.why():
        raise UsageError("nothing is frozen.")
    with closing(_ledger(freeze)) as ledger:
        freeze.lift(partial(ledger.append, _BY), _BY, ask_on_terminal)
    print("The freeze is lifted, in all your kernels.")  # noqa: T201 - the answer
    return 0


def _ledger(freeze: Freeze) -> Ledger:
    from selfcode.ledger import Ledger

    return Ledger(freeze.marker.with_name("ledger.sqlite"))
