"""The grammar of `%selfcode`: subcommands with help, parsed by argparse, completed by the shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from selfcode.errors import UsageError

PROBATION = (
    "let its functions prove themselves: each call is first made behind the wall, by the new and "
    "by the old version, on a copy of the live state. The new version then makes the call live if "
    "it came to its end there, did nothing that it was not approved for, and gave what the old one "
    "gave where that worked. Otherwise the old version makes it; a call that shows the new one to "
    "be bad also reverts the patch, one that could not be tried does not count. After N good calls "
    "the patch is promoted"
)


class _HelpShown(Exception):
    """Help was printed, so there is nothing to do."""


class _Parser(argparse.ArgumentParser):
    """An argparse parser that neither exits the kernel nor prints to stderr."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See `{self.prog} --help`.")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _HelpShown(message or str(status))

    def _print_message(self, message: str, file: object = None) -> None:
        del file
        print(message, end="")  # noqa: T201 - help is the output of `--help`


def parser() -> _Parser:
    """Return the parser of the line after `%selfcode`."""
    top = _Parser(
        prog="%selfcode", description="Repairs of failing cells: see, judge, approve, go back."
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in (
        ("status", "mode, proposers, checks, isolation, patches that wait (the default)"),
        ("on", "look at failing cells"),
        ("off", "leave failing cells alone"),
        ("freeze", "stop all proposing, vetting and injecting at once, in all kernels"),
        ("unfreeze", "lift the freeze: only a person can, alone in a cell"),
        ("context", "the last diagnosis, and what would be sent to a model"),
        ("doctor", "each layer of the wall, whether it holds here, and what to do"),
    ):
        commands.add_parser(name, help=text, description=text)
    mode = _add(commands, "mode", "ask a person, approve by itself (auto), or only observe")
    mode.add_argument("mode", nargs="?", metavar="ask|auto|observe")
    fix = _add(commands, "fix", "propose again for the last failure, also one from before")
    fix.add_argument("--wait", action="store_true", help="wait until the agent is done")
    _add(commands, "show", "a waiting patch with its diff and evidence", patch=True)
    approve = _add(commands, "approve", "make a waiting patch live", patch=True)
    approve.add_argument("--resume", action="store_true", help="then run the rest of the cell")
    approve.add_argument(
        "--repeat", action="store_true", help="resume even where effects would be repeated"
    )
    approve.add_argument(
        "--undecided", action="store_true", help="take the risk of what the gate left undecided"
    )
    approve.add_argument("--probation", type=int, metavar="N", default=0, help=PROBATION)
    promote = _add(commands, "promote", "end a probation: the new version runs by itself")
    promote.add_argument("target", nargs="?", help="by default what is on probation last")
    resume = _add(commands, "resume", "run the rest of the cell whose patch was approved last")
    resume.add_argument(
        "--repeat", action="store_true", help="even where effects would be repeated"
    )
    reject = _add(commands, "reject", "take a waiting patch away", patch=True)
    reject.add_argument("--because", nargs="+", default=[], metavar="TEXT", help="why")
    history = _add(commands, "history", "the versions of a target, or of all that changed")
    history.add_argument("target", nargs="?", help="a name, module:name or cell:id")
    diff = _add(commands, "diff", "the difference between two versions of a target")
    diff.add_argument("target")
    diff.add_argument("first", type=int, metavar="V1")
    diff.add_argument("second", type=int, metavar="V2")
    revert = _add(commands, "revert", "make an older version live again, also while frozen")
    revert.add_argument("target", nargs="?", help="by default what was changed last")
    revert.add_argument(
        "--to", type=int, metavar="V", help="the version; by default the one before"
    )
    ledger = _add(commands, "ledger", "check the ledger's seals, or write it to a file")
    ledger.add_argument("action", choices=("verify", "export"))
    ledger.add_argument("file", nargs="?", help="for export: where to write JSON lines")
    return top


def evolve_parser() -> _Parser:
    """Return the parser of the line after `%%evolve`."""
    text = (
        "Run the cell's definitions, then change them until its asserts hold. What follows the "
        "last definition are the tests: assert lines and test functions, with what they need."
    )
    top = _Parser(prog="%%evolve", description=text)
    top.add_argument("--seconds", type=float, default=20.0, metavar="S", help="time to search (20)")
    return top


def _add(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    text: str,
    patch: bool = False,
) -> _Parser:
    command = commands.add_parser(name, help=text, description=text)
    if patch:
        command.add_argument(
            "patch", nargs="?", help="the first letters of its hash; newest if left out"
        )
    return command


def parse(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace | None:
    """Return the parsed words; None when help was shown.

    Raises `UsageError` with the next step for anything else.
    """
    try:
        return parser.parse_args(list(words))
    except _HelpShown:
        return None


def completions(words: Sequence[str], patches: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Return what may follow `words` (those before the one that is being typed)."""
    if not words:
        return [*_subcommands(), "--help"]
    command, *_ = words
    options = {
        "mode": ["ask", "auto", "observe"],
        "fix": ["--wait"],
        "show": [*patches],
        "approve": [*patches, "--resume", "--repeat", "--undecided", "--probation"],
        "promote": [*targets],
        "resume": ["--repeat"],
        "reject": [*patches, "--because"],
        "history": [*targets],
        "diff": [*targets],
        "revert": [*targets, "--to"],
        "ledger": ["verify", "export"],
    }
    return [*options.get(command, []), "--help"]


def _subcommands() -> list[str]:
    action = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return list(action.choices)
