import os
import socket
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.running import wire as frames


@pytest.fixture
def ends():
    a, b = socket.socketpair()
    with a, b:
        yield a, b


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()), st.binary(max_size=5000))
def test_a_frame_arrives_as_it_was_sent(header, payload):
    a, b = socket.socketpair()
    with a, b:
        frames.send(a, header, payload)
        assert frames.receive(b) == (header, payload)


def test_frames_do_not_run_into_each_other(ends):
    frames.send(ends[0], {"n": 1}, b"one")
    frames.send(ends[0], {"n": 2})
    assert [frames.receive(ends[1]) for _ in range(2)] == [({"n": 1}, b"one"), ({"n": 2}, b"")]


@pytest.mark.parametrize("sent", [0, 5, 14, -1])
def test_an_end_in_the_middle_of_a_frame_is_an_end(ends, sent):
    a, b = ends
    frames.send(a, {"n": 1}, b"payload")
    whole = b.recv(1000)
    a.sendall(whole[:sent])
    a.close()
    assert frames.receive(b) is None


def test_a_file_comes_with_its_frame(ends):
    a, b = ends
    with tempfile.TemporaryFile() as file:
        file.write(b"images")
        file.flush()
        frames.send(a, {"n": 1}, b"x" * 3_000, descriptor=file.fileno())
    frames.send(a, {"n": 2})
    frame, descriptor = frames.receive_with_file(b)
    assert frame == ({"n": 1}, b"x" * 3_000)
    assert os.pread(descriptor, 100, 0) == b"images"
    assert not os.get_inheritable(descriptor), "child processes of a plugin do not get it"
    os.close(descriptor)
    assert frames.receive_with_file(b) == (({"n": 2}, b""), None)
