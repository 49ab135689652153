"""A file is parsed in a process of its own, and nothing that happens there harms the command."""

import json
import os
import signal
import time

import pytest

from hashsweep.engines import forkserver, parsing
from hashsweep.engines.parser_process import BATCH, QUESTION
from hashsweep.engines.parsing import Bounds, FileRefused, Parsing, ParsingFailed
from hashsweep.errors import EngineError
from support.proc import workers

MIB = 1 << 20
BOUNDS = Bounds(total=MIB, reads=64 * MIB, writes=MIB, memory=256 * MIB)
pytestmark = pytest.mark.usefixtures("no_worker_left")


def parsed(name, options=None, descriptors=(), bounds=BOUNDS):
    """The messages of a parser of support.faulty_parsers."""
    with Parsing(f"support.faulty_parsers:{name}", options or {}, descriptors, bounds) as parser:
        return [bytes(content) for _, content in parser.messages()]


def test_options_and_descriptors_get_there(tmp_path):
    """Options are plain values; what is open here is open there."""
    (tmp_path / "file").write_bytes(b"content")
    with open(tmp_path / "file", "rb") as stream:
        told = parsed("echo", {"a": ["é", None, 1]}, [stream.fileno()])

    assert (json.loads(told[0]), told[1]) == ({"a": ["é", None, 1]}, b"content")


def test_a_parser_is_confined(monkeypatch):
    """It has no secret, no socket, no new file, and writes no more than it may."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    room = os.memfd_create("room")
    told = json.loads(parsed("describe", {}, [room])[0])

    assert "AWS_SECRET_ACCESS_KEY" not in told["environment"]
    assert "canary" not in told["environment"].values()
    assert (told["socket"], told["file"], told["room"]) == (False, False, False)
    assert os.fstat(room).st_size == MIB
    assert not os.path.exists("/tmp/hashsweep-parser-was-here")
    core = next(line for line in told["limits"].splitlines() if "core file" in line)
    assert set(core.split()[4:6]) <= {"0", "1"}
    os.close(room)


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("fail", {}, "cannot be read: its reader fails with ZeroDivisionError"),
        ("end_early", {}, "cannot be read: its reader fails with EOFError"),
        ("grow", {}, "needs more than 256 MiB of memory: it was not read"),
        ("read_on", {}, "makes its reader read more than 67,108,864 bytes"),
        ("flood", {}, "holds more than 1,048,576 bytes of rows"),
        ("send_too_much", {}, "holds a row that is too long"),
        ("send_nonsense", {}, "sent nonsense"),
        ("break_off", {}, "it crashes the process that reads it .exit status 0."),
        ("die", {"signal": "SIGSEGV"}, "it crashes the process that reads it .SIGSEGV."),
        ("die", {"signal": "SIGKILL"}, "was killed, by somebody or because memory ran out"),
        ("no_such", {}, "its reader fails with AttributeError"),
    ],
)
def test_what_goes_wrong_is_one_line_with_its_reason(name, options, why):
    """The text follows the name of the file, and quotes nothing of it."""
    with pytest.raises(ParsingFailed, match=why) as caught:
        parsed(name, options)

    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["hang", "spin"])
def test_a_parser_that_gets_nowhere_is_ended(name):
    """Whether it waits or computes."""
    bounds = Bounds(total=MIB, reads=64 * MIB, silence=1.0)
    began = time.monotonic()
    with pytest.raises(ParsingFailed, match="its reader got no further for 1 seconds"):
        parsed(name, bounds=bounds)

    assert time.monotonic() - began < 30


def test_a_parser_that_reads_is_not_silent():
    """However long it has nothing to say."""
    bounds = Bounds(total=MIB, reads=64 * MIB, silence=1.0)

    assert parsed("read_slowly", bounds=bounds) == []


def test_a_refusal_is_the_parsers_own_sentence():
    """In one line."""
    with pytest.raises(FileRefused, match=r"^the list.is not one$") as caught:
        parsed("refuse")

    assert "\n" not in str(caught.value)


def test_questions_are_answered_or_refused():
    """A parser can ask for what it must not fetch itself."""
    told = []
    options = {"questions": ["a", "b", "c"]}
    with Parsing("support.faulty_parsers:ask", options, [], BOUNDS) as parser:
        for kind, content in parser.messages():
            if kind == QUESTION and content == b"b":
                parser.refuse(["no", 1])
            elif kind == QUESTION:
                parser.answer(bytes(content) * 2)
            else:
                told.append(bytes(content))

    assert told == [b"aa", b'["no", 1]', b"cc"]


def test_a_parser_ends_with_the_block():
    """Also when nobody wants the rest."""
    with Parsing("support.faulty_parsers:flood", {}, [], BOUNDS) as parser:
        kind, _ = next(parser.messages())
        assert kind == BATCH
        assert parser.pid in workers()


def test_it_is_killed_from_outside():
    """As the system does when memory runs out; the message says so."""
    with Parsing("support.faulty_parsers:hang", {}, [], BOUNDS) as parser:
        os.kill(parser.pid, signal.SIGKILL)
        with pytest.raises(ParsingFailed, match="was killed, by somebody or because memory"):
            next(parser.messages())


def test_where_no_process_can_be_started_it_is_said(monkeypatch):
    """After some patience, and it is nobody's file."""

    def refuse(*_):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(forkserver, "start", refuse)
    monkeypatch.setattr(parsing, "_PATIENCE", 0.1)
    with pytest.raises(EngineError, match="no process can be started to read a file: Resource"):
        parsed("echo")


def test_a_containers_memory_bounds_that_of_a_parser(monkeypatch):
    """A half of it: the command needs some, too."""
    monkeypatch.setattr(parsing.limits, "memory", lambda: 200 * MIB)
    with pytest.raises(ParsingFailed, match="needs more than 100 MiB of memory"):
        parsed("grow")
