"""What runs where a list is parsed: recognising, unpacking, sending."""

import os

import pytest

from hashsweep.engines.parser_process import BATCH
from hashsweep.errors import ListError
from hashsweep.hashlists import parser
from hashsweep.hashlists.batches import NEEDS_NAME, SHOWN_REFUSALS, unpack
from hashsweep.hashlists.kinds import BITS
from hashsweep.hashlists.parser import parse
from support.list_samples import md5

OPTIONS = {
    "shown": "the/list.csv",
    "name": "list.csv",
    "format": None,
    "algorithm": None,
    "columns": {},
    "categories": None,
    "scheme": None,
}


class Heard:
    """A channel that keeps what is sent."""

    def __init__(self):
        self.messages = []

    def send(self, kind, *parts):
        assert kind == BATCH
        self.messages.append(bytearray(b"".join(map(bytes, parts))))


def sent(folder, content, **options):
    """The batches of a file."""
    (folder / "file").write_bytes(content)
    heard = Heard()
    with open(folder / "file", "rb") as stream:
        parse(heard, OPTIONS | options, [stream.fileno()])
    return [unpack(each, BITS) for each in heard.messages]


def test_a_list_is_sent_in_batches(tmp_path, monkeypatch):
    """So that neither side holds all of it."""
    monkeypatch.setattr(parser, "_ROWS", 50)
    batches = sent(tmp_path, b"".join(f"{md5(n)} id-{n}\n".encode() for n in range(1, 201)))

    assert {each.format for each in batches} == {"text"}
    assert sum(len(each.columns) for each in batches) == 200
    assert len(batches) >= 3
    assert max(len(each.columns) for each in batches) < 70


def test_long_texts_make_small_batches(tmp_path, monkeypatch):
    """A batch is bounded in bytes: ids, labels and what is only kept count."""
    monkeypatch.setattr(parser, "_BYTES", 10_000)
    lines = ["entry_id,md5,labels,photodna"]
    lines += [f"{n:04}{'i' * 300},{md5(n)},," for n in range(1, 101)]
    lines += [f"{n:04},{md5(n)},{'l' * 300}{n}," for n in range(101, 201)]
    lines += [f"{n:04},{md5(n)},,{'ab' * 150}" for n in range(201, 301)]
    batches = sent(tmp_path, "\n".join(lines).encode())

    assert sum(len(each.columns) for each in batches) == 300
    assert max(len(each.columns) for each in batches) < 60


def test_refused_rows_are_told_now_and_then(tmp_path, monkeypatch):
    """Counted, and the first with their reasons, once."""
    monkeypatch.setattr(parser, "_REFUSED", 100)
    batches = sent(tmp_path, f"{md5(1)}\n".encode() + b"garbage\n" * 500)

    assert sum(each.refused for each in batches) == 500
    assert len(batches) >= 4
    rows = [row.line for each in batches for row in each.refused_rows]
    assert rows == list(range(2, SHOWN_REFUSALS + 2))


def test_messages_call_the_list_by_its_name(tmp_path):
    """Not by the descriptor under which it is read here."""
    with pytest.raises(ListError, match=r"^hash list the/list\.csv is empty$"):
        sent(tmp_path, b"")
    with pytest.raises(ListError, match=r"^the/list\.csv: the file is damaged or not Parquet$"):
        sent(tmp_path, b"PAR1 and no more")


def test_a_database_without_a_name_asks_for_one(tmp_path):
    """SQLite opens files by name alone."""
    descriptor = os.memfd_create("list")
    os.write(descriptor, b"SQLite format 3\0" + bytes(100))
    heard = Heard()
    parse(heard, OPTIONS, [descriptor])
    os.close(descriptor)

    assert heard.messages == [NEEDS_NAME]
