"""The child's end of a channel. It ends the child process when the parent process has ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading


def inherited_channel(descriptor: int) -> socket.socket:
    """Return the socket that this process was started with, and end this process once the other end is closed."""
    channel = socket.socket(fileno=descriptor)
    # Child processes of a plugin must not keep the channel open after this process has ended, nor write to it.
    channel.set_inheritable(False)
    os.register_at_fork(after_in_child=channel.close)
    threading.Thread(target=_end_with_parent, args=(channel,), daemon=True).start()
    return channel


def _end_with_parent(channel: socket.socket) -> None:
    """End this process and its children when the other end has closed, since no one would read the results."""
    watch = select.poll()
    watch.register(channel, 0)  # 0: poll reports only a hang-up or a closed descriptor
    while not watch.poll(1000):
        pass  # poll repeatedly: only a new poll reports a descriptor that another thread has closed
    if os.getpgrp() == os.getpid():  # only a process that leads its process group, as workers do
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
