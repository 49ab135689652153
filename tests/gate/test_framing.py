"""Requests in a stream of bytes, however the bytes are cut."""

import os
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import SourceError
from hashsweep.gate.framing import ABSURD, HEAD, LONGEST_NAME, Frames, Lines, item_of
from hashsweep.model import Failure, Item
from hashsweep.storage.places import Places


def framed(content):
    """A file behind its length."""
    return len(content).to_bytes(HEAD, "big") + content


def asked(framing, data, cuts=()):
    """What comes of a stream that arrives in pieces; each is looked at and then done with."""
    found = []
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        piece = data[start:stop]
        while piece:
            size = framing.wants()
            assert size > 0
            taken, piece = piece[:size], piece[size:]
            found += map(seen(framing), framing.take(taken))
    framing.end()
    return found


def seen(framing):
    """A function from a request to (name, content of its place or failure)."""

    def see(request):
        item = request.item
        content = None
        if item.failure is None and item.uri.startswith("/proc/"):
            with open(item.uri, "rb") as place:
                content = place.read()
        framing.release(item)
        return request.name, item.failure or content

    return see


cutting = st.lists(st.integers(0, 300), max_size=20).map(sorted)


@given(
    names=st.lists(st.binary(max_size=12).filter(lambda name: b"\n" not in name)),
    cuts=cutting,
)
def test_a_line_in_is_a_request_out(names, cuts):
    """Every one, in order, byte by byte what it was."""
    data = b"".join(name + b"\n" for name in names)
    cuts = [min(cut, len(data)) for cut in cuts]
    found = [os.fsencode(name) for name, _ in asked(Lines(), data, cuts)]

    assert found == names


def test_names_that_end_in_nul_may_hold_newlines():
    found = asked(Lines(null=True), b"a\nb\0\0c\0")

    assert [name for name, _ in found] == ["a\nb", "", "c"]


@pytest.mark.parametrize(
    ("null", "data", "message"),
    [
        (False, b"a\nb", "request 2 ends without its newline"),
        (True, b"a\n", "request 1 ends without its NUL"),
    ],
)
def test_a_last_line_without_its_end_is_no_request(null, data, message):
    """Half a path names another file, which may be clean."""
    lines = Lines(null=null)
    found = [name for name, _ in lines.take(data)]
    with pytest.raises(SourceError, match=f"^{message}$"):
        lines.end()

    assert len(found) == data.count(b"\0" if null else b"\n")


def test_an_empty_line_is_a_request_that_fails():
    """It is answered like any other."""
    (answer,) = asked(Lines(), b"\n")

    assert answer == ("", Failure("read", "bad-name", "an empty name"))


def test_a_line_without_end_does_not_fill_the_memory():
    """What cannot be a path is cut, so that it fails and the next one stands."""
    lines = Lines()
    for _ in range(1000):
        assert list(lines.take(b"x" * 64_000)) == []
        assert len(lines._rest) <= LONGEST_NAME
    first, second = lines.take(b"x\nnext\n")

    assert (first.name, second.name) == ("x" * LONGEST_NAME, "next")
    with pytest.raises(OSError, match="File name too long"):
        os.stat(first.item.uri)


def test_a_name_is_the_item_as_it_is():
    assert item_of("../a") == Item("../a")
    assert item_of("").failure == Failure("read", "bad-name", "an empty name")


@given(contents=st.lists(st.binary(max_size=60), max_size=8), cuts=cutting)
def test_bytes_behind_their_length_come_whole(contents, cuts):
    """However they are cut; nothing at all and too much are failures and lose nobody else."""
    data = b"".join(map(framed, contents))
    with ExitStack() as held:
        frames = Frames(Places(1, 40, held), 40)
        found = asked(frames, data, [min(cut, len(data)) for cut in cuts])

    large, empty = Failure("read", "too-large"), Failure("read", "empty")
    wanted = [(c or empty) if len(c) <= 40 else large for c in contents]
    assert found == [("-", each) for each in wanted]


def test_what_finds_no_place_is_not_read():
    """Until a place is given back, and then from where it was."""
    with ExitStack() as held:
        frames = Frames(Places(1, 40, held), 40)
        list(frames.take(framed(b"abc")[:HEAD]))
        assert frames.wants() == 3
        (first,) = frames.take(b"abc")
        assert frames.wants() == HEAD
        list(frames.take(framed(b"defg")[:HEAD]))
        assert frames.wants() == 0
        frames.release(first.item)
        assert frames.wants() == 4
        (second,) = frames.take(b"defg")
        with open(second.item.uri, "rb") as place:
            assert place.read() == b"defg"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (framed(b"abc") + b"\0\0", "request 2 ends after 2 of 8 bytes of its length"),
        (framed(b"abc")[:-1], "request 1 ends after 2 of 3 bytes"),
        (framed(b"x" * 5000)[:4000], "request 1 ends after 3,992 of 5,000 bytes"),
        ((ABSURD + 1).to_bytes(8, "big"), "request 1 claims a length of 1,099,511,627,777 bytes"),
        (b"/srv/media/a.jpg\n", "is each length before its request"),
    ],
)
def test_nonsense_ends_the_stream(data, message):
    """A half request, or what is no length, is one clear error."""
    with ExitStack() as held, pytest.raises(SourceError, match=message):
        asked(Frames(Places(2, 40, held), 40), data)
