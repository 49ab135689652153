"""Parsers that do what the tests of engines.parsing need, good and bad."""

import json
import os
import signal
import socket
import time

from hashsweep.engines.parser_process import BATCH, FRAME, Refused
from hashsweep.errors import ListError


def echo(channel, options, descriptors):
    """Send the options, then what can be read from each descriptor."""
    channel.send(BATCH, json.dumps(options).encode())
    for each in descriptors:
        channel.send(BATCH, os.pread(each, 1000, 0))


def describe(channel, options, descriptors):
    """Send the environment, the limits, and what of its power is left."""
    power = {}
    try:
        socket.socket()
    except OSError:
        power["socket"] = False
    try:
        open("/tmp/hashsweep-parser-was-here", "wb").close()
    except OSError:
        power["file"] = False
    try:
        os.write(descriptors[0], bytes(2_000_000))
        os.write(descriptors[0], bytes(1))
    except OSError:
        power["room"] = False
    limits = open("/proc/self/limits").read()  # noqa: SIM115
    told = {"environment": dict(os.environ), "limits": limits, **power, "pid": os.getpid()}
    channel.send(BATCH, json.dumps(told).encode())


def ask(channel, options, descriptors):
    """Send the answers to the questions in the options."""
    for each in options["questions"]:
        try:
            channel.send(BATCH, channel.ask(each.encode()))
        except Refused as error:
            channel.send(BATCH, json.dumps(error.why).encode())


def refuse(*_):
    """Refuse the file."""
    raise ListError("the list\nis not one")


def fail(*_):
    """Have a fault."""
    raise ZeroDivisionError("a secret")


def end_early(*_):
    """Fail as a reader of something that breaks off."""
    raise EOFError


def grow(*_):
    """Take memory without end."""
    held = []
    while True:
        held.append(bytearray(1 << 24))


def hang(*_):
    """Do nothing for ten minutes."""
    time.sleep(600)


def spin(*_):
    """Compute for ten minutes."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        pass


def read_on(*_):
    """Read without end."""
    with open("/dev/zero", "rb", buffering=0) as stream:
        while True:
            stream.read(1 << 20)


def read_slowly(channel, _options, _descriptors):
    """Read for two seconds without a word, then end."""
    with open("/dev/zero", "rb", buffering=0) as stream:
        for _ in range(20):
            stream.read(1000)
            time.sleep(0.1)


def flood(channel, *_):
    """Send without end."""
    while True:
        channel.send(BATCH, bytes(100_000))


def send_too_much(channel, *_):
    """Send a message that is too long."""
    channel._socket.sendall(FRAME.pack(BATCH, 1 << 40))
    time.sleep(600)


def send_nonsense(channel, *_):
    """Send a message of an unknown kind."""
    channel.send(99, b"\xff")


def break_off(channel, *_):
    """End in the middle of a message."""
    channel._socket.sendall(FRAME.pack(BATCH, 100) + b"x")
    os._exit(0)


def die(channel, options, _descriptors):
    """Die of a signal."""
    os.kill(os.getpid(), getattr(signal, options["signal"]))
