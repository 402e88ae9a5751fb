"""The child's end of a channel; ends the child process when the one that started it has ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading


def inherited_channel(descriptor: int) -> socket.socket:
    """Return the socket that this process was started with, and end this process once the other end is closed."""
    channel = socket.socket(fileno=descriptor)
    # What a plugin starts or forks must not hold the channel open after this process is gone, nor write to it.
    channel.set_inheritable(False)
    os.register_at_fork(after_in_child=channel.close)
    threading.Thread(target=_end_with_parent, args=(channel,), daemon=True).start()
    return channel


def _end_with_parent(channel: socket.socket) -> None:
    """End the process, and all it has started, when the other end has closed: nobody would read what comes of it."""
    watch = select.poll()
    watch.register(channel, 0)  # hang-up and a closed descriptor are reported unasked, and nothing else
    while not watch.poll(1000):
        pass  # poll anew: a descriptor closed elsewhere is only reported to a fresh poll
    if os.getpgrp() == os.getpid():  # as it is started: the leader of a group of its own
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
