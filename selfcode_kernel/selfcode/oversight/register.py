"""The register of approved patches: what each may do, so that the tripwire can hold it to that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import ModuleType

from selfcode.oversight import tripwire
from selfcode.oversight.tripwire import Trip, Watch
from selfcode.validation.uses import read


class Register:
    """What the approved patches of one session may do.

    `namespace` are the live names, of which only the modules are looked at; `granted` is what a
    person grants at any time; `report` hears of what injected code tried beyond its approval, on a
    thread of its own.
    """

    def __init__(
        self,
        namespace: Mapping[str, object],
        granted: Callable[[], Collection[str]],
        report: Callable[[Trip], None],
    ) -> None:
        self._namespace, self._granted, self._report = namespace, granted, report
        self._approved: dict[str, frozenset[str]] = {}

    def admit(self, hash_: str, texts: Collection[str]) -> None:
        """Note a patch that is about to be injected, whose gate has accepted what it visibly does.

        It may do what its `texts`, the old and the new Python, show, and what is granted.
        """
        self._approved[hash_] = frozenset().union(*map(self._capabilities, texts))

    def _capabilities(self, text: str) -> frozenset[str]:
        live = list(self._namespace.items())
        known = ((name, v.__name__) for name, v in live if isinstance(v, ModuleType))
        try:
            return frozenset(use.capability for use in read(text, tuple(sorted(known))).uses)
        except (SyntaxError, RecursionError):
            return frozenset()

    def announce(self, target: str, origin: str, filename: str) -> None:
        """Watch the code that will bear `filename` if `origin` is a patch that was admitted."""
        approved = self._approved.get(origin)
        if approved is not None:
            found = Watch(target, origin, approved, self._report, self._granted)
            tripwire.watch(filename, found)

    def close(self) -> None:
        """Watch nothing any more."""
        tripwire.unwatch(self._report)
