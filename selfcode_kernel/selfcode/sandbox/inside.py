"""One trial, from inside: it closes the wall around itself, reads its request and answers it.

What it sends first are marks of one byte: `LAYER` with the descriptor of what it changes, the mark
of the listener with that, then `CLOSED`, or `OPEN` and a message that says which layer is open.
"""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Collection
from typing import Any, NoReturn

from selfcode.errors import WallError
from selfcode.protocols import Job
from selfcode.sandbox.channel import BrokenMessage, Channel, decode, encode
from selfcode.sandbox.order import Order
from selfcode.sandbox.survival import serve_waiting_work
from selfcode.sandbox.wall import Enclosure, close, lay_out, layer

CLOSED, OPEN, LAYER = b"C", b"O", b"D"
MOST_ANSWER = 1 << 20
_LONGEST_LINE = 500
_USUAL = """
def usual(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])
result = [[*pair, f"{pair[1] / 3:.2f}"] for pair in usual("a b a" * 9)]
"""


def be_trial(
    stream: socket.socket,
    strangers: Collection[int],
    order: Order,
    enclosure: Enclosure,
    home: str,
) -> NoReturn:
    """Be the trial at the other end of `stream`; the descriptors `strangers` are not its own."""
    try:
        for descriptor in strangers:
            os.close(descriptor)
        if _close_wall(stream, order, enclosure, home):
            message = Channel(stream).receive()
            gc.enable()
            serve_waiting_work()
            stream.sendall(_answer(order.job, message["request"]))
            stream.recv(1)  # the end of a process is slow: the server passes the answer on first
    finally:
        os._exit(0)


def _close_wall(stream: socket.socket, order: Order, enclosure: Enclosure, home: str) -> bool:
    try:
        if (changes := lay_out(enclosure, home)) >= 0:
            with layer("scratch folder"):
                socket.send_fds(stream, [LAYER], [changes])
                os.close(changes)
        close(enclosure, home, stream)
    except WallError as error:
        stream.sendall(OPEN + encode({"wall": [error.layer, error.reason]}))
        return False
    for file in order.files:  # not earlier: what is open when the wall closes stays open
        file.open_again()
    warm_up()
    stream.sendall(CLOSED)
    return True


def warm_up() -> None:
    """Have the memory copied, while nobody waits, that every run writes to.

    Once more before the fork, it spares each fork what can be shared.
    """
    namespace: dict[str, Any] = {}
    exec(compile(_USUAL, "<warm-up>", "exec"), namespace)
    decode(encode({"ok": True, "value": namespace["result"], "error": ""})[4:])


def _answer(job: Job, request: dict[str, Any]) -> bytes:
    """Return the message that holds what `job` answers, or the one line that says why not."""
    try:
        answer = encode({"ok": True, "value": job(request), "error": ""})
    except BrokenMessage as error:
        return _refusal(f"the answer is not JSON: {error}")
    except BaseException as error:  # noqa: BLE001 -- the trial ends here whatever was raised
        return _refusal(_one_line(error))
    if len(answer) > MOST_ANSWER:
        return _refusal(f"the answer is larger than {MOST_ANSWER >> 20} MiB")
    return answer


def _refusal(error: str) -> bytes:
    return encode({"ok": False, "value": None, "error": error})


def _one_line(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = next(iter(str(error).splitlines()), "")
    except BaseException:  # noqa: BLE001 -- the candidate's own exception may do anything
        text = "its message cannot be shown"
    return f"{name}: {text}"[:_LONGEST_LINE] if text else name
