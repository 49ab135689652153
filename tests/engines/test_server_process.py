"""What runs inside the fork server; test_forkserver.py has what processes see of it."""

import json
import os
import socket
import subprocess

import pytest

from hashsweep.engines import server_process
from hashsweep.engines.server_process import REPLY
from hashsweep.storage.programs import command


@pytest.fixture
def served():
    """A way to a server in another process, to speak with by hand."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen(
            command("hashsweep.engines.server_process", str(theirs.fileno())),
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        yield ours, process
        ours.close()
        assert process.wait(60) == 0


def ask(channel, target, expected, descriptors):
    """Send a request; the reply."""
    socket.send_fds(channel, [json.dumps([target, expected]).encode()], descriptors)
    return REPLY.unpack(channel.recv(REPLY.size))


def test_it_ends_with_the_other_side(served):
    """With status 0, whether it was ever asked for anything or not."""


def test_a_request_whose_descriptors_did_not_all_arrive_is_refused(served):
    """The system leaves out those for which there is no room; the next request is served."""
    channel, _ = served
    reading, writing = os.pipe()
    content = os.memfd_create("text")
    refused = ask(channel, "support.forked:leave", 3, [writing, content])
    pid, number = ask(channel, "support.forked:leave", 2, [writing, content])
    os.close(writing)
    os.close(content)
    with open(reading, "rb") as stream:
        status = stream.read()

    assert refused == (0, 24)  # EMFILE
    assert (pid > 0, number) == (True, 0)
    assert server_process.STATUS.unpack(status)[0] in (1, 7)  # support may not be on its path
