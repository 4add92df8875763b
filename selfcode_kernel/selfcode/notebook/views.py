"""From what the session publishes to what a person sees."""

from __future__ import annotations

from collections.abc import Iterable

from selfcode.decisions import Approval, Pending
from selfcode.notebook import after, display
from selfcode.notebook.blocks import Tone
from selfcode.notebook.display import View
from selfcode.records import Proposal, Target
from selfcode.sandbox.levels import layers
from selfcode.session import AutoApproved, Declined, Event, Held, Proposed, Session, Tripped


def view(event: Event, session: Session) -> View:
    """Return what to show of `event`."""
    if isinstance(event, Declined):
        return display.Declined(event.line)
    if isinstance(event, Held):
        return display.Notice(event.line, Tone.GOOD)
    if isinstance(event, AutoApproved):
        return approved(event.approval)
    if isinstance(event, Tripped):
        return after.Tripped(event.trip)
    if not isinstance(event, Proposed):
        return after.told(event)
    return _proposed(event, session)


def _proposed(event: Proposed, session: Session) -> View:
    proposal = event.proposal
    if not event.pending:
        return display.NothingPassed(proposal.refused, proposal.diagnosis.summary, proposal.seconds)
    return display.Proposal(
        tuple(pending.patch for pending in event.pending),
        resumable=event.pending[0].cell is not None,
        forbidden=session.decisions.why_not_approvable(),
        files=tuple(str(path) for path in event.pending[0].files),
        tried=proposal.tried,
        seconds=proposal.seconds,
        repeats=_repeats(event.pending),
        awaits=event.pending[0].awaits,
    )


def _repeats(waiting: Iterable[Pending]) -> dict[str, tuple[str, ...]]:
    return {pending.patch.hash: pending.repeats for pending in waiting if pending.repeats}


def waiting(pending: Pending, session: Session) -> View:
    """Return a waiting patch whole."""
    forbidden = session.decisions.why_not_approvable()
    files = tuple(str(path) for path in pending.files)
    return display.Proposal(
        (pending.patch,),
        pending.cell is not None,
        forbidden,
        files,
        repeats=_repeats([pending]),
        awaits=pending.awaits,
    )


def approved(approval: Approval, here: bool = False) -> View:
    """Return what an approval did, and where the text went: `here` into the cell that runs."""
    notes = []
    if approval.rewrites:
        first, *others = (f"cell [{rewrite.cell.number}]" for rewrite in approval.rewrites)
        held = "; this cell now holds its new text" if here else ""
        also = "".join(f"; {cell} changes too, see the diff" for cell in others)
        notes.append(f"It changes {first}{held}{also}.")
    repeats = approval.pending.repeats
    if approval.by == "auto" and approval.pending.cell is not None:
        rest = "`%selfcode resume` runs the rest of the cell that failed."
        notes.append(display.repeating(repeats) if repeats else rest)
    notes += approval.notes
    if approval.probation is not None:
        notes.insert(0, after.begun(approval.probation))
    patch = approval.pending.patch
    return display.Approved(patch, approval.versions, approval.by, " ".join(notes))


def status(session: Session) -> View:
    """Return what the session is set to do, and what waits."""
    settings = session.settings
    return display.Status(
        settings.mode,
        settings.on,
        [proposer.name for proposer in session.proposers],
        session.checks,
        session.isolation,
        str(session.ledger.path),
        [pending.patch for pending in session.decisions.pending],
        settings.limits,
        session.freeze.why(),
        after.on_probation(session.decisions.probations.live),
    )


def context(last: Proposal | None) -> View:
    """Return the last diagnosis, and that nothing of it leaves the machine."""
    if last is None:
        return display.Notice(
            "No failure was looked at yet. No model is configured: nothing is sent."
        )
    found = last.diagnosis
    suspects = ", ".join(f"`{suspect.target}`" for suspect in found.suspects) or "none"
    line = f"{found.summary}. Suspects: {suspects}. No model is configured: nothing is sent."
    return display.Notice(line)


def history(session: Session, target: Target | None) -> View:
    """Return the versions of `target`, or of all that changed."""
    on = {p.hash: after.progress(p) for p in session.decisions.probations.live}
    return display.History(session.decisions.history(target), on)


def doctor(session: Session) -> View:
    """Return each layer of the wall, whether it holds here, and what to do."""
    return display.Doctor(session.isolation, layers())


def headline(session: Session) -> str:
    """Return the one line that greets."""
    if frozen := session.freeze.why():
        return frozen
    names = [proposer.name for proposer in session.proposers]
    return display.headline(session.settings.mode, names, session.checks, session.isolation)
