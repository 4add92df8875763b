"""What a person sees of injected code after its approval: trips, and probation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfcode.notebook.blocks import Actions, Block, Line, Row, Table, Tone
from selfcode.notebook.display import View, short
from selfcode.oversight.deeds import SELFCODE
from selfcode.oversight.probation import Probation
from selfcode.oversight.probations import Failed, Promoted, Told
from selfcode.oversight.rehearsal import Kind
from selfcode.oversight.tripwire import Trip
from selfcode.records import Target


@dataclass(frozen=True, repr=False)
class Tripped(View):
    """Injected code was stopped at what its patch was not approved for."""

    trip: Trip

    def blocks(self) -> tuple[Block, ...]:
        """Return what was stopped, and how to go back."""
        trip = self.trip
        about = f" of `{trip.about}`" if trip.about else ""
        line = (
            f"selfcode stopped `{trip.target}` at `{trip.event}`{about}: patch {short(trip.hash)} "
            f"was not approved for {trip.capability}."
        )
        grant = ("Grant it", "add it to `%config Selfcode.capabilities`")
        grants = () if trip.capability == SELFCODE else (grant,)
        return Line(line, Tone.BAD), Actions((_back(Target.parse(trip.target)), *grants))


@dataclass(frozen=True, repr=False)
class Probing(View):
    """What became of a probation, or of a call on it: a line, more lines, what to do."""

    line: str
    tone: Tone
    more: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()

    def blocks(self) -> tuple[Block, ...]:
        """Return the line, what belongs to it, and what to do."""
        more = tuple(Line(text, quiet=True) for text in self.more)
        actions = (Actions(self.actions),) if self.actions else ()
        return Line(self.line, self.tone), *more, *actions


def told(event: Told) -> View:
    """Return what to show of the end of a probation, or of a call that could not be judged."""
    names = ", ".join(f"`{target}`" for target in event.targets)
    backs = tuple(map(_back, event.targets))
    if isinstance(event, Promoted):
        line = f"{names}: promoted after {_calls(event.good)}, patch {short(event.hash)} runs by "
        return Probing(f"{line}itself now.", Tone.GOOD, actions=backs)
    if isinstance(event, Failed):
        return _failed(event, names)
    line = f"{names}: on probation, and a call could not be judged: {event.reason}."
    more = ("The old version made it; it does not count.",)
    promote = ("Run the new version all the same", f"`%selfcode promote {event.targets[0]}`")
    return Probing(line, Tone.OPEN, more, (promote, *backs))


def _failed(event: Failed, names: str) -> View:
    done = "the old version runs" if event.trouble else "reverted"
    line = f"{names}: {done}, patch {short(event.hash)} did not pass its probation."
    more = [f"Called with ({event.case.arguments}), {event.case.reason}."]
    if event.case.kind is Kind.OPEN:
        line = f"{names}: {done}, the probation was not over: {event.case.reason}."
        more = []
    if event.trouble:
        more.append(f"Going back was not completed: {event.trouble}")
    more += [f"Cell [{number}] may still show the new text." for number in event.cells]
    versions = tuple(("All versions", f"`%selfcode history {t}`") for t in event.targets)
    return Probing(line, Tone.BAD, tuple(more), versions)


def _back(target: Target) -> tuple[str, str]:
    return "Go back", f"`%selfcode revert {target}`"


def begun(probation: Probation) -> str:
    """Return in one sentence that a patch is on probation."""
    return (
        f"On probation for {_calls(probation.wanted)}: each is tried behind the wall first, beside "
        "the old version."
    )


def progress(probation: Probation) -> str:
    """Return in a few words how far a probation is."""
    return f"on probation: {probation.good} of {_calls(probation.wanted)}"


def on_probation(probations: Sequence[Probation]) -> tuple[Block, ...]:
    """Return the table of what is on probation; nothing when nothing is."""
    if not probations:
        return ()
    rows = tuple(map(_row, probations))
    caption = "`%selfcode promote TARGET` and `%selfcode revert TARGET` end it by hand."
    return (Table(("On probation", "Patch", "So far", "Not judged"), rows, caption),)


def _row(probation: Probation) -> Row:
    so_far = f"{probation.good} of {_calls(probation.wanted)}"
    reasons = [f"{count} x {reason}" for reason, count in probation.open_calls.items()]
    cells = (
        ", ".join(map(str, probation.targets)),
        short(probation.hash),
        so_far,
        str(probation.open_calls.total()),
    )
    return Row(cells, Tone.OPEN, tuple(reasons))


def _calls(number: int) -> str:
    return f"{number} good call{'' if number == 1 else 's'}"
