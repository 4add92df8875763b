"""The journal of a swap: every write with its way back, made in one go or not at all."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "<missing>"})()


class Write(Protocol):
    """One change of one live object, known in both directions."""

    def forward(self) -> None:
        """Bring in the new state."""
        ...

    def backward(self) -> None:
        """Bring back the old state."""
        ...


class Item:
    """A key of a dict or an index of a list; what others wrote there meanwhile is left alone."""

    __slots__ = ("after", "before", "container", "key")

    def __init__(self, container: Any, key: Any, before: Any, after: Any) -> None:
        self.container, self.key, self.before, self.after = container, key, before, after

    def forward(self) -> None:
        """Bring in the new value."""
        self._replace(self.before, self.after)

    def backward(self) -> None:
        """Bring back the old value."""
        self._replace(self.after, self.before)

    def _replace(self, old: Any, new: Any) -> None:
        try:
            present = self.container[self.key]
        except LookupError:
            present = MISSING
        if present is not old:
            return
        if new is MISSING:
            del self.container[self.key]
        else:
            self.container[self.key] = new


class Attribute:
    """An attribute of a class, past its metaclass; what others wrote meanwhile is left alone."""

    __slots__ = ("after", "before", "name", "owner")

    def __init__(self, owner: type, name: str, before: Any, after: Any) -> None:
        self.owner, self.name, self.before, self.after = owner, name, before, after

    def forward(self) -> None:
        """Bring in the new value."""
        self._replace(self.before, self.after)

    def backward(self) -> None:
        """Bring back the old value."""
        self._replace(self.after, self.before)

    def _replace(self, old: Any, new: Any) -> None:
        if self.owner.__dict__.get(self.name, MISSING) is not old:
            return
        if new is MISSING:
            type.__delattr__(self.owner, self.name)
        else:
            type.__setattr__(self.owner, self.name, new)


class Both:
    """A call that is right in both directions, such as the emptying of a cache."""

    __slots__ = ("forward",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.forward = call

    def backward(self) -> None:
        """Make the call."""
        self.forward()


Move = tuple[Callable[[], None], Callable[[], None]]


class Journal:
    """Writes in order: planned first, then made, then taken back or made again as a whole."""

    def __init__(self) -> None:
        self.writes: list[Write] = []

    def plan(self, write: Write) -> None:
        """Add a write that is made by the next `forward`."""
        self.writes.append(write)

    def forward(self) -> None:
        """Make all writes in order; whatever one of them raises, none of them stays."""
        all_or_none([(w.forward, w.backward) for w in self.writes])

    def backward(self) -> None:
        """Take all writes back in reverse order; whatever one of them raises, all of them stay."""
        all_or_none([(w.backward, w.forward) for w in reversed(self.writes)])

    @property
    def there(self) -> Move:
        """The way forward, and its way back."""
        return self.forward, self.backward

    @property
    def back(self) -> Move:
        """The way back, and forward again."""
        return self.backward, self.forward


def all_or_none(moves: Sequence[Move]) -> None:
    """Make the first call of each move; if one raises, undo with the second ones and raise."""
    done = 0
    try:
        for move, _ in moves:
            done += 1
            move()
    except BaseException:
        for _, back in reversed(moves[:done]):
            back()
        raise


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold off the collector, whose finalizers run any code, and a user's interrupt."""
    collected = gc.isenabled()
    gc.disable()
    try:
        with _interrupt_later():
            yield
    finally:
        if collected:
            gc.enable()


@contextmanager
def _interrupt_later() -> Iterator[None]:
    handler = None
    if threading.current_thread() is threading.main_thread():
        handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)
