"""The wire between an engine and its worker: length-prefixed frames of a JSON header and an npz payload."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any

PROTOCOL = 3
"""The version of the frames, increased when they change; the worker sends it in its first frame."""

_PREFIX = struct.Struct("!IQ")  # bytes of header, bytes of payload
_CHUNK = 1 << 20

Frame = tuple[dict[str, Any], bytes]


class FrameReader:
    """Assembles frames from bytes as they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, content: bytes) -> Iterator[Frame]:
        """Add bytes; yield the frames that are now complete."""
        self._buffer += content
        while len(self._buffer) >= _PREFIX.size:
            header_bytes, payload_bytes = _PREFIX.unpack_from(self._buffer)
            start, end = _PREFIX.size + header_bytes, _PREFIX.size + header_bytes + payload_bytes
            if len(self._buffer) < end:
                return
            header, payload = bytes(self._buffer[_PREFIX.size : start]), bytes(self._buffer[start:end])
            del self._buffer[:end]
            yield json.loads(header), payload

    def missing(self) -> int:
        """Return how many bytes can be read without reading into the frame after the next."""
        have = len(self._buffer)
        if have < _PREFIX.size:
            return _PREFIX.size - have
        header_bytes, payload_bytes = _PREFIX.unpack_from(self._buffer)
        return _PREFIX.size + int(header_bytes) + int(payload_bytes) - have


def send(
    channel: socket.socket, header: Mapping[str, Any], payload: bytes = b"", *, descriptor: int | None = None
) -> None:
    """Send one frame; `header` holds plain values, its `type` is the type of the frame.

    Parameters
    ----------
    descriptor : int, optional
        A file that the other process gets with the frame; this process may then close it.
    """
    text = json.dumps(header).encode()
    start = _PREFIX.pack(len(text), len(payload)) + text
    if descriptor is not None:
        sent = socket.send_fds(channel, [start], [descriptor])
        start = start[sent:]
    channel.sendall(start)
    if payload:
        channel.sendall(payload)


def receive(channel: socket.socket) -> Frame | None:
    """Wait for the next frame; return None if the other end closes, even within a frame."""
    frame, descriptor = receive_with_file(channel)
    if descriptor is not None:
        os.close(descriptor)
    return frame


def receive_with_file(channel: socket.socket) -> tuple[Frame | None, int | None]:
    """Wait for the next frame; return it as `receive` does, and the descriptor of the file that came with it."""
    reader, descriptor = FrameReader(), None
    while True:
        try:
            content, received, _, _ = socket.recv_fds(channel, min(reader.missing(), _CHUNK), 1)
        except ConnectionResetError:
            return None, descriptor
        for descriptor in received:
            os.set_inheritable(descriptor, False)
        if not content:
            return None, descriptor
        for frame in reader.feed(content):
            return frame, descriptor
