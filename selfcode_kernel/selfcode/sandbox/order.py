"""What a place is ordered to do, handed from the kernel's side to its processes."""

from __future__ import annotations

from dataclasses import dataclass

from selfcode.protocols import Job
from selfcode.records import Isolation
from selfcode.sandbox.detach import OpenFile
from selfcode.sandbox.view import View


@dataclass(frozen=True)
class Order:
    """The job of a place, what it may see, and the level below which nothing runs.

    `files` are those that the kernel had open; each trial has its own copies of them. `lost` names
    the hardware that the kernel works with and its copies cannot. `spare` is how many processes
    wait for the next trials, in each of the place's lanes; `avoided` the process number that no
    trial gets.
    """

    job: Job
    view: View
    minimum: Isolation = Isolation.B
    files: tuple[OpenFile, ...] = ()
    lost: tuple[str, ...] = ()
    spare: int = 1
    avoided: int = 0
