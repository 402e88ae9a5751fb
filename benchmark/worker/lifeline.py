"""A child process must not outlive the one that started it."""

from __future__ import annotations

import os
import select
import signal
import socket

__all__ = ["leave_with_the_engine"]


def leave_with_the_engine(channel: socket.socket) -> None:
    """End the process, and all it has started, when the other end has closed: whatever comes of it has no reader."""
    watch = select.poll()
    watch.register(channel, 0)  # hang-up and a closed descriptor are reported unasked, and nothing else
    while not watch.poll(1000):
        pass  # anew, since a descriptor that something here has closed shows only to a new look
    if os.getpgrp() == os.getpid():  # as engines start it: the leader of a group of its own
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
