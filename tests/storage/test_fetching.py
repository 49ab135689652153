"""A worker's side of fetching, with a real process at the other end."""

import os
import signal

import pytest

import support.servers.faulty
from hashsweep.errors import EngineError, ItemError
from hashsweep.model import Item
from hashsweep.storage.fetching import Fetching
from hashsweep.storage.options import FetchOptions, StoreOptions
from support.proc import children


@pytest.fixture
def fetching(seaweed, monkeypatch):
    """Make a fetching with these options; it ends with the test."""
    made = []
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)

    def make(**options):
        made.append(Fetching(FetchOptions(**options).to_json()))
        return made[-1]

    yield make
    for each in made:
        each.close()


def content_of(file):
    """All bytes, as digests get them, and as a decoder gets them."""
    with file:
        whole = b"".join(file.chunks())
        file.stream.seek(0)
        assert file.stream.read() == whole
        file.check_unchanged()
        return whole


def test_objects_come_in_the_order_they_were_asked_for(fetching, seaweed):
    """Also when there are more than the window holds, and asked for before any is taken."""
    bucket = seaweed.bucket()
    objects = {f"{number:03}": bytes([number]) * (number * 1_000 + 1) for number in range(100)}
    seaweed.put(bucket, objects)
    mine = fetching(window=100_000)
    items = [Item(f"s3://{bucket}/{key}", len(value)) for key, value in objects.items()]
    for start in (0, 32, 64):
        mine.expect(items[start : start + 32])
    mine.expect(items[96:])

    assert [content_of(mine.take()) for _ in items] == list(objects.values())


@pytest.mark.parametrize("size_is_known", [True, False])
def test_large_objects_are_spooled(fetching, seaweed, size_is_known, tmp_path, monkeypatch):
    """They come through a file without a name, and nothing of it is left."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    bucket, content = seaweed.bucket(), os.urandom(300_000)
    seaweed.put(bucket, {"a": content})
    mine = fetching(spool_above=100_000)
    mine.expect([Item(f"s3://{bucket}/a", len(content) if size_is_known else None)])
    file = mine.take()

    assert (file.size, file.changed) == (300_000, False)
    assert file.ends(4, 4) == (content[:4], content[-4:])
    assert content_of(file) == content
    assert list(tmp_path.iterdir()) == []


def test_ends_of_what_is_in_memory(fetching, seaweed):
    """As of a file on disk: fewer bytes where there are not so many."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a": b"abc"})
    mine = fetching()
    mine.expect([Item(f"s3://{bucket}/a")])

    assert mine.take().ends(2, 9) == (b"ab", b"abc")


def test_each_failure_is_its_items_own(fetching, seaweed):
    """What comes after it comes."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a": b"abc", "empty": b"", "large": bytes(2_000)})
    mine = fetching(max_size=1_000)
    keys = ["a", "none", "empty", "large", "a"]
    mine.expect([Item(f"s3://{bucket}/{key}") for key in keys])
    found = []
    for _ in keys:
        try:
            found.append(content_of(mine.take()))
        except ItemError as error:
            found.append(error.reason)

    assert found == [b"abc", "gone", "empty", "too-large", b"abc"]


def test_a_changed_object_is_noticed(fetching, seaweed):
    """It comes, and is marked."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a": b"abc"})
    mine = fetching()
    mine.expect([Item(f"s3://{bucket}/a", 3, etag="another"), Item(f"s3://{bucket}/a", 3)])

    assert [mine.take().changed for _ in range(2)] == [True, False]


def test_a_stalled_body_ends(fetching, faulty, monkeypatch):
    """Whatever a server does, the next object is there soon."""
    mine = fetching(stores=StoreOptions(faulty.endpoint, timeout=1.0, retries=1))
    mine.expect([Item(f"s3://bucket/{key}") for key in ("stalled", "no-answer", "good")])
    reasons = []
    for _ in range(2):
        with pytest.raises(ItemError) as error:
            mine.take()
        reasons.append(error.value.reason)

    assert set(reasons) <= {"timeout", "io-error"}
    assert content_of(mine.take()) == support.servers.faulty.BODY


def test_a_link_is_what_is_fetched(fetching, faulty):
    """An item's own name is for reports."""
    mine = fetching(stores=StoreOptions(allow_hosts=(faulty.endpoint[7:],)))
    mine.expect([Item("https://h/x", link=f"{faulty.endpoint}/bucket/good?sig=canary")])

    assert content_of(mine.take()) == support.servers.faulty.BODY


@pytest.mark.parametrize("spool_above", [1_000, 10_000_000])
def test_of_the_web_only_what_was_named(fetching, faulty, spool_above):
    """Each row has its own fate, in order; large objects are spooled."""
    hosts = (faulty.endpoint[7:],)
    stores = StoreOptions(timeout=1.0, retries=0, allow_hosts=hosts)
    mine = fetching(stores=stores, spool_above=spool_above, max_size=1_000_000)
    at = f"{faulty.endpoint}/bucket"
    mine.expect([Item(uri) for uri in (f"{at}/good", "http://127.0.0.1:9/x", f"{at}/404")])
    mine.expect([Item(f"{at}/cut-short"), Item(f"{at}/good")])

    assert content_of(mine.take()) == support.servers.faulty.BODY
    for reason in ("host-not-allowed", "gone", "io-error"):
        with pytest.raises(ItemError, match=reason):
            mine.take()
    assert content_of(mine.take()) == support.servers.faulty.BODY


def test_the_process_has_ended(fetching):
    """That is no item's fault."""
    before = set(children(os.getpid()))
    mine = fetching()
    (process,) = set(children(os.getpid())) - before
    os.kill(process, signal.SIGKILL)

    with pytest.raises(EngineError, match="has ended"):
        mine.take()


def test_nothing_secret_is_in_its_arguments(fetching):
    """Anybody on a machine may read those."""
    before = set(children(os.getpid()))
    fetching(stores=StoreOptions("http://canary"))
    (process,) = set(children(os.getpid())) - before
    arguments = b""
    while not arguments:  # it has only just begun
        with open(f"/proc/{process}/cmdline", "rb") as stream:
            arguments = stream.read()

    assert b"fetcher" in arguments
    assert b"canary" not in arguments
    assert b"testsecret" not in arguments
