"""What a program that drives the kernel asks of the session in it: each answer is a JSON text.

`selfcode heal` evaluates these calls as expressions in the kernel whose notebook it heals.
"""

from __future__ import annotations

import json
from typing import Any

from IPython.core.getipython import get_ipython

from selfcode.decisions import Pending
from selfcode.errors import RepeatsEffects, SelfcodeError, UsageError
from selfcode.notebook import views
from selfcode.notebook.front import Front
from selfcode.records import as_json, message_of


def proposal(timeout: float) -> str:
    """Return what came of the last failure, as soon as the agent is done with it.

    `patches` wait for a decision, best first; `text` is what a person would be shown.
    """
    session = _front().session
    session.wait(timeout)
    event = session.event
    if event is None:
        return json.dumps({"patches": [], "text": "The agent did not finish in time."})
    pending: tuple[Pending, ...] = getattr(event, "pending", ())
    text = repr(views.view(event, session))
    return json.dumps({"patches": [_describe(waiting) for waiting in pending], "text": text})


def _describe(waiting: Pending) -> dict[str, Any]:
    patch = waiting.patch
    return {
        "hash": patch.hash,
        "target": ", ".join(map(str, patch.targets)),
        "outcome": str(patch.verdict.outcome),
        "explanation": patch.candidate.explanation,
        "diff": patch.diff(),
        "files": [str(path) for path in waiting.files],
        "repeats": list(waiting.repeats),
        "verdict": as_json(patch.verdict),
    }


def approve(name: str) -> str:
    """Approve a waiting patch and run the rest of its cell; return what happened.

    `cells` are the numbers of the defining cells with their new texts. `error` is empty when the
    rest ran to its end; `failed` tells whether that rest raised, so that a next proposal is on its
    way; `again` whether it can only be run from the top, in a fresh kernel.
    """
    front = _front()
    decisions = front.session.decisions
    answer: dict[str, Any] = {"cells": [], "error": "", "failed": False, "again": False}
    try:
        waiting = decisions.find(name)
        undecided = bool(waiting.repeats)
        approval = decisions.approve(waiting, by="heal", undecided=undecided)
        answer["cells"] = [(rewrite.cell.number, rewrite.text) for rewrite in approval.rewrites]
        resumed = front.resume(decisions.take_resumable())
        answer["again"] = bool(resumed.left)
        if resumed.error is not None:
            said = f"{type(resumed.error).__name__}: {message_of(resumed.error)}"
            answer |= {"error": said, "failed": True}
    except RepeatsEffects:
        answer["again"] = True
    except SelfcodeError as error:
        answer["error"] = str(error)
    return json.dumps(answer)


def _front() -> Front:
    shell = get_ipython()
    front = Front.of(shell) if shell is not None else None
    if front is None:
        raise UsageError("selfcode is not loaded in this kernel. Run `%load_ext selfcode` first.")
    return front
