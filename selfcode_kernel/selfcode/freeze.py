"""The off switch: one marker that stops proposing, vetting and injecting in all kernels of a user.

The marker is a file in Jupyter's data folder. That it is there freezes, whatever it holds, and so
does every doubt whether it is there. An administrator freezes with a limit, `"frozen": true`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from selfcode.errors import Frozen, RefusedError, SandboxError, UsageError
from selfcode.settings import system_limits

Note = Callable[..., object]
"""Writes an entry into a ledger: the action, and data by keyword."""

_LOOK_EVERY = 0.05
_CONTENT = re.compile(rb'\{"by": "([a-z ]{1,40})", "time": "([0-9T:.-]{10,26})Z"\}')
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
STILL = "`%selfcode revert` still works."
LIFTED = (
    "Only a person lifts it: `%selfcode unfreeze` in a cell of its own, or `selfcode unfreeze` in "
    "a terminal."
)


@dataclass(frozen=True)
class Freeze:
    """The off switch of one user: its `marker`, and the `folders` of an administrator's limits.

    Looking at it costs some 30 microseconds; nothing is remembered, so that it holds at once.
    """

    marker: Path
    folders: tuple[str, ...] = ()

    @classmethod
    def of_user(cls) -> Freeze:
        """Return the off switch of the user whose process this is."""
        from jupyter_core.paths import SYSTEM_CONFIG_PATH, jupyter_data_dir

        marker = Path(jupyter_data_dir(), "selfcode", "frozen").absolute()
        return cls(marker, tuple(SYSTEM_CONFIG_PATH))

    def why(self) -> str:
        """Return why everything is frozen and what to do next; empty when nothing is."""
        return self.by_administrator() or self._by_user()

    def by_administrator(self) -> str:
        """Return why an administrator's limits freeze, which no user can lift; empty if not."""
        try:
            frozen = system_limits(self.folders).get("frozen", False)
        except UsageError as error:
            return f"selfcode is frozen: {error}"
        if not frozen:
            return ""
        return "selfcode is frozen by this system's administrator: only they can lift it."

    def _by_user(self) -> str:
        try:
            os.lstat(self.marker)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return (
                f"selfcode is frozen: whether {self.marker} is there cannot be told ({reason}). "
                "Give yourself access to its folder."
            )
        return f"selfcode is frozen{self._since()}. {LIFTED}"

    def _since(self) -> str:
        """Return when and by whom it was frozen, as far as the marker tells."""
        try:
            with self.marker.open("rb") as stream:
                told = _CONTENT.fullmatch(stream.read(200))
        except OSError:
            told = None
        return f" since {told[2].decode()} UTC, by the {told[1].decode()}" if told else ""

    def require_off(self) -> None:
        """Raise `Frozen` when everything is frozen."""
        if why := self.why():
            raise Frozen(why)

    def begin(self, by: str) -> bool:
        """Freeze; return whether it was not yet. It is on the disk by then."""
        self.marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(self.marker, flags, 0o600)
        except FileExistsError:
            return False
        try:
            os.write(descriptor, json.dumps({"by": by, "time": f"{now}Z"}).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._sync()
        return True

    def lift(self, note: Note, by: str, ask: Callable[[str], str], objection: str = "") -> None:
        """Lift the freeze once a person has typed the word that `ask` asks for.

        `note` writes each step into a ledger, the intent before the deed; `objection` says why no
        person can have asked for it. Raises `RefusedError`, and then all is frozen as before.
        """
        try:
            if objection := self.by_administrator() or objection:
                raise RefusedError(objection)
            _confirm(ask)
        except RefusedError as error:
            note("refused", attempt="unfreeze", by=by, reason=str(error))
            raise
        note("unfreeze", by=by)
        try:
            self.marker.unlink(missing_ok=True)
            self._sync()
            self.require_off()
        except (Frozen, OSError) as error:
            note("not unfrozen", by=by, reason=str(error))
            raise

    def _sync(self) -> None:
        """Bring what the folders hold to the disk: the marker, and the marker's folder itself."""
        for folder in (self.marker.parent, self.marker.parent.parent):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end` as soon as a freeze begins while the body runs.

        Raises `Frozen` when it had begun before, and when the body ends frozen.
        """
        self.require_off()
        done = threading.Event()
        watcher = threading.Thread(
            target=self._watch, args=(done, end), name="selfcode-freeze", daemon=True
        )
        watcher.start()
        try:
            yield
        except SandboxError as lost:
            if why := self.why():
                raise Frozen(why) from lost
            raise
        finally:
            done.set()
            watcher.join()
        self.require_off()

    def _watch(self, done: threading.Event, end: Callable[[], None]) -> None:
        while not done.wait(_LOOK_EVERY):
            if self.why():
                end()
                return


def _confirm(ask: Callable[[str], str]) -> None:
    """Have a person type a word that was never shown before; raises `RefusedError` otherwise."""
    word = "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(3))
    try:
        typed = ask(f"Type {word} to lift the freeze: ")
    except EOFError:
        typed = ""
    if typed.strip() != word:
        raise RefusedError("the word was not typed, so selfcode stays frozen.")


def ask_on_terminal(prompt: str) -> str:
    """Return the line that is typed at the terminal which controls this process.

    Standard input may be a pipe, so it is not asked. Raises `RefusedError` without a terminal.
    """
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError(
            "only a person at a terminal lifts a freeze, and there is none here. Type `selfcode "
            "unfreeze` in a terminal."
        ) from error
    with open(descriptor, "r+b", buffering=0) as terminal:
        terminal.write(prompt.encode())
        return terminal.readline(200).decode("utf-8", "replace")
