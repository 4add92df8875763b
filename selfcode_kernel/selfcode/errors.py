"""The errors of selfcode: each carries data, a unique code and the next step.

A rejected candidate is a `Verdict`, never an exception; these are for broken parts and bad input.

    SelfcodeError
    ├── UsageError             bad input from the caller
    │   └── RepeatsEffects     running on would change something a second time
    ├── RefusedError           the settings or the mode do not allow it
    │   └── Frozen             everything is frozen, by a person or an administrator
    ├── SwapError              nothing was injected, everything is as it was
    │   ├── TargetNotFound     no live definition of that name
    │   ├── ProtectedTarget    selfcode, Python and Jupyter themselves are not changed
    │   ├── NoSuchVersion      the target has no version of that number
    │   ├── NotSwappable       the live object cannot be changed in place
    │   ├── StaleTarget        the target changed since the patch was judged
    │   ├── BrokenSource       the new source does not compile or raised while it was defined
    │   └── NoProbation        the patch cannot be on probation
    ├── SandboxError           candidate code did not run, or its answer is unusable
    │   ├── WallError          a layer of the wall could not be closed
    │   └── PlaceLost          the twin or worker is gone
    ├── CapabilityExceeded     injected code did what it was not approved for; it was stopped
    └── LedgerError            the ledger cannot be read or written
        └── BrokenSeal         an entry does not match its seal
"""

from __future__ import annotations


class SelfcodeError(Exception):
    """The root: catch it to catch everything that selfcode raises on purpose."""

    code = "error"


class UsageError(SelfcodeError):
    """Bad input from the caller; the message says what to do next."""

    code = "usage"


class RepeatsEffects(UsageError):
    """Running on would change something a second time; `what` says so, a phrase each."""

    code = "repeats"

    def __init__(self, what: tuple[str, ...]) -> None:
        self.what = what
        super().__init__(
            f"the failing statement had begun; running on would change {' and '.join(what)} a "
            "second time. Set that right and run the repaired cell, or resume all the same with "
            "`--repeat`."
        )


class RefusedError(SelfcodeError):
    """The settings or the mode do not allow the action."""

    code = "refused"


class Frozen(RefusedError):
    """Everything is frozen; the message says by whom, and who lifts it."""

    code = "frozen"


class SwapError(SelfcodeError):
    """An injection or a revert did not happen; every object is as it was."""

    code = "swap"


class TargetNotFound(SwapError):
    """No live definition has that name."""

    code = "target-not-found"

    def __init__(self, target: str, hint: str = "") -> None:
        self.target = target
        super().__init__(f"no live definition is called {target}. {hint or 'Run its cell first.'}")


class ProtectedTarget(SwapError):
    """The target belongs to selfcode, Python or Jupyter, which are not changed."""

    code = "protected-target"


class NoSuchVersion(SwapError):
    """The target has no version of that number, or was never changed."""

    code = "no-such-version"


class NotSwappable(SwapError):
    """The live object cannot be changed in place."""

    code = "not-swappable"

    def __init__(self, target: str, reason: str) -> None:
        self.target, self.reason = target, reason
        super().__init__(f"{target} cannot be changed in place: {reason}.")


class StaleTarget(SwapError):
    """The target changed since the patch was judged."""

    code = "stale-target"

    def __init__(self, target: str, expected: str, found: str) -> None:
        self.target, self.expected, self.found = target, expected, found
        super().__init__(
            f"{target} changed while the patch was being judged (expected {expected}, found "
            f"{found}). Propose again with `%selfcode fix`."
        )


class BrokenSource(SwapError):
    """The new source does not compile, or raised while it was being defined."""

    code = "broken-source"

    def __init__(self, target: str, reason: str) -> None:
        self.target, self.reason = target, reason
        super().__init__(f"the new source of {target} does not run: {reason}.")


class NoProbation(SwapError):
    """The patch cannot be on probation, so that nothing was injected."""

    code = "no-probation"

    def __init__(self, target: str, reason: str) -> None:
        self.target, self.reason = target, reason
        super().__init__(
            f"{target} cannot be on probation: {reason}. Approve it without `--probation`."
        )


class SandboxError(SelfcodeError):
    """Candidate code did not run, or its answer is unusable."""

    code = "sandbox"


class WallError(SandboxError):
    """A layer of the wall could not be closed, so nothing was run behind it."""

    code = "wall"

    def __init__(self, layer: str, reason: str) -> None:
        self.layer, self.reason = layer, reason
        super().__init__(f"the wall is not closed: {layer}: {reason}. See `selfcode doctor`.")


class PlaceLost(SandboxError):
    """The twin or worker that should have run the candidate is gone."""

    code = "place-lost"


class CapabilityExceeded(SelfcodeError):
    """Injected code was about to do what its patch was not approved for; it was stopped.

    `event` is Python's audit event, `capability` what it would have needed.
    """

    code = "capability-exceeded"

    def __init__(self, target: str, event: str, capability: str, about: str = "") -> None:
        self.target, self.event, self.capability, self.about = target, event, capability, about
        detail = f" ({about})" if about else ""
        super().__init__(
            f"{target} was stopped at {event}{detail}: its patch was not approved for {capability}."
            f" Go back with `%selfcode revert {target}`, or grant it: `%config "
            "Selfcode.capabilities` takes its name."
        )


class LedgerError(SelfcodeError):
    """The ledger cannot be read or written; nothing may be injected without it."""

    code = "ledger"


class BrokenSeal(LedgerError):
    """An entry of the ledger does not match its seal: it was changed after it was written."""

    code = "broken-seal"

    def __init__(self, number: int, reason: str) -> None:
        self.number, self.reason = number, reason
        super().__init__(f"entry {number} of the ledger does not match its seal: {reason}.")
