"""The wire between an engine and its worker: length-prefixed frames of a JSON header and an npz payload."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

__all__ = ["PROTOCOL", "Frame", "receive", "send"]

PROTOCOL = 1
"""Raised when the frames change; both ends say it in their first frame."""

_PREFIX = struct.Struct("!IQ")  # bytes of header, bytes of payload

Frame = tuple[dict[str, Any], bytes]


def send(channel: socket.socket, header: Mapping[str, Any], payload: bytes = b"") -> None:
    """Send one frame; `header` holds plain values, its `kind` says what it is."""
    text = json.dumps(header).encode()
    channel.sendall(_PREFIX.pack(len(text), len(payload)) + text)
    if payload:
        channel.sendall(payload)


def receive(channel: socket.socket) -> Frame | None:
    """Return the next frame; None when the other end has gone, be it in the middle of a frame."""
    prefix = _read(channel, _PREFIX.size)
    if prefix is None:
        return None
    header_bytes, payload_bytes = _PREFIX.unpack(prefix)
    text, payload = _read(channel, header_bytes), _read(channel, payload_bytes)
    if text is None or payload is None:
        return None
    return json.loads(text), payload


def _read(channel: socket.socket, count: int) -> bytes | None:
    content = bytearray()
    while len(content) < count:
        try:
            piece = channel.recv(min(count - len(content), 1 << 20))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        content += piece
    return bytes(content)
