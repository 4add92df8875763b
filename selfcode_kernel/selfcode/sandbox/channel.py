"""Messages between the kernel and its places: length-prefixed JSON objects of limited size."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

MOST = 16 << 20
_HEAD = struct.Struct("<I")


class BrokenMessage(ValueError):
    """A message is too large or not a JSON object."""


def encode(message: Mapping[str, Any]) -> bytes:
    """Return `message` as it is sent; raises `BrokenMessage` when it is not JSON or too large."""
    try:
        body = json.dumps(message).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BrokenMessage(str(error)) from error
    if len(body) > MOST:
        raise BrokenMessage(f"a message of more than {MOST >> 20} MiB")
    return _HEAD.pack(len(body)) + body


class Inbox:
    """Collects the bytes of one message of at most `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """Return the body of the message when `data` completes it; raises `BrokenMessage`."""
        self._bytes += data
        if len(self._bytes) < _HEAD.size:
            return None
        (length,) = _HEAD.unpack_from(self._bytes)
        if length > self._most:
            raise BrokenMessage(f"a message of more than {self._most >> 20} MiB")
        end = _HEAD.size + length
        return bytes(self._bytes[_HEAD.size : end]) if len(self._bytes) >= end else None


class Channel:
    """One end of a stream that carries one message at a time."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream

    def send(self, message: Mapping[str, Any], deadline: float | None = None) -> None:
        """Send `message`; raises as `encode` and `send_encoded` do."""
        self.send_encoded(encode(message), deadline)

    def send_encoded(self, message: bytes, deadline: float | None = None) -> None:
        """Send what `encode` made; raises `OSError`, `TimeoutError` at the time `deadline`.

        Deadlines are times of the monotonic clock.
        """
        self.stream.settimeout(_left(deadline))
        self.stream.sendall(message)

    def receive(self, deadline: float | None = None) -> dict[str, Any]:
        """Return the next message.

        Raises `EOFError` when the other end is gone, `TimeoutError` at the time `deadline`,
        `BrokenMessage`.
        """
        inbox, body = Inbox(MOST), None
        while body is None:
            self.stream.settimeout(_left(deadline))
            data = self.stream.recv(65536)
            if not data:
                raise EOFError("the other end is closed")
            body = inbox.feed(data)
        return decode(body)


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; raises `BrokenMessage`."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrokenMessage("not JSON") from error
    if not isinstance(message, dict):
        raise BrokenMessage("not a JSON object")
    return message


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
