"""Object stores, on a real server and on one that goes wrong; local paths as well."""

import io
import os
from contextlib import contextmanager

import pytest

import support.servers.faulty
import support.servers.seaweed
from hashsweep.errors import ItemError
from hashsweep.storage.facts import CHUNK
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.stores import Stores

KEYS = [
    *("plain.jpg", "a b", "a+b", "100%", "a%41b", "%2F", "ü/😀.jpg", "q*?#x&y=z", "x'\"<>"),
    "/".join(["y" * 200] * 5) + "/" + "z" * 19,
]


@contextmanager
def environment(values):
    """The process's environment for a moment."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def stores(seaweed):
    """Stores that lead to the real server."""
    with environment(seaweed.environment()):
        yield Stores()


@pytest.fixture
def wrong(faulty):
    """Stores that lead to the faulty server and soon lose patience."""
    values = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_REGION": "x"}
    with environment(os.environ | values):
        yield Stores(StoreOptions(faulty.endpoint, timeout=1.0, retries=2))


def test_keys_of_every_kind(stores, seaweed):
    """A key is listed as it is, and what it names is what is read."""
    assert len(KEYS[-1]) == 1_024  # the longest that S3 allows
    bucket = seaweed.bucket()
    seaweed.put(bucket, {key: f"body of {key}".encode() for key in KEYS})

    listed = list(stores.list_objects(f"s3://{bucket}"))

    assert sorted(each.uri for each in listed) == sorted(f"s3://{bucket}/{key}" for key in KEYS)
    for facts in listed:
        key = facts.uri.removeprefix(f"s3://{bucket}/")
        again, content = stores.get(facts.uri)
        assert bytes(content) == f"body of {key}".encode()
        assert again == facts == stores.facts(facts.uri)
        assert facts.size == len(content)
        assert facts.mtime_ns > 0


def test_a_prefix_is_a_folder(stores, seaweed):
    """What only begins alike lies elsewhere."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a/1": b"1", "a/b/2": b"2", "ab": b"3"})

    assert [each.uri for each in stores.list_objects(f"s3://{bucket}/a")] == [
        f"s3://{bucket}/a/1",
        f"s3://{bucket}/a/b/2",
    ]


def test_many_pages(stores, seaweed):
    """A listing goes on where a page ends."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {f"{number:05}": b"x" for number in range(1_100)})

    assert len({each.uri for each in stores.list_objects(f"s3://{bucket}")}) == 1_100


def test_large_objects_come_in_chunks(stores, seaweed, tmp_path):
    """Each chunk is asked for by itself, and only of the object that was listed."""
    bucket = seaweed.bucket()
    content = os.urandom(CHUNK + 70_000)
    seaweed.put(bucket, {"large": content})
    uri = f"s3://{bucket}/large"
    got = io.BytesIO()
    stores.download(uri, got)

    assert got.getvalue() == content
    assert stores.read(uri, len(content)) == content
    with pytest.raises(ItemError, match="too-large"):
        stores.read(uri, len(content) - 1)
    with pytest.raises(ItemError, match="changed"):
        stores.get(uri, etag="another")


def test_local_paths(stores, tmp_path):
    """A path is read like an object."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")

    assert stores.facts(str(path))[1:] == (3, path.stat().st_mtime_ns, None)
    assert stores.read(str(path), 3) == b"abc"
    with pytest.raises(ItemError, match="gone"):
        stores.facts(str(tmp_path / "b"))


def test_writing_never_replaces(stores, seaweed, tmp_path):
    """A new object is new, and one that somebody else has changed is left alone."""
    bucket = seaweed.bucket()
    uri, path = f"s3://{bucket}/sweep.json", tmp_path / "a"
    path.write_bytes(b"first")
    first = stores.put(uri, path)
    path.write_bytes(b"second")

    with pytest.raises(ItemError, match="changed"):
        stores.put(uri, path)
    second = stores.put(uri, path, over=first)
    with pytest.raises(ItemError, match="changed"):
        stores.put(uri, path, over=first)

    assert second != first
    assert stores.read(uri, 100) == b"second"


def test_what_is_removed_is_gone(stores, seaweed):
    """Once more is no error, and who may only read is refused."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a": b"a", "b": b"b"})
    stores.delete(f"s3://{bucket}/a")
    stores.delete(f"s3://{bucket}/a")

    assert [facts.uri for facts in stores.list_objects(f"s3://{bucket}")] == [f"s3://{bucket}/b"]
    reader = seaweed.environment(support.servers.seaweed.READER)
    with environment(reader), pytest.raises(ItemError, match="denied"):
        Stores().delete(f"s3://{bucket}/b")


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        (("testkey", "wrong"), "the secret of the access key is wrong"),
        (("nobody", "x"), "the store does not know this access key"),
    ],
)
def test_wrong_credentials(seaweed, credentials, told):
    """They are refused, and the message says which part is wrong and shows neither."""
    bucket = seaweed.bucket()
    with environment(seaweed.environment(credentials)), pytest.raises(ItemError) as error:
        list(Stores().list_objects(f"s3://{bucket}"))

    assert (error.value.reason, error.value.detail) == ("denied", told)


def test_no_credentials(seaweed):
    """Without a signature nothing is given away here."""
    bucket = seaweed.bucket()
    with environment(seaweed.environment()), pytest.raises(ItemError, match="denied"):
        list(Stores(StoreOptions(anonymous=True)).list_objects(f"s3://{bucket}"))


@pytest.mark.parametrize("key", ["good", "503-then-ok", "cut-once"])
def test_what_goes_well_in_the_end(wrong, faulty, key):
    """A server that is busy, or hangs up in the middle, is asked again."""
    assert bytes(wrong.get(f"s3://bucket/{key}")[1]) == support.servers.faulty.BODY
    assert faulty.asked[key] == {"good": 1, "503-then-ok": 3, "cut-once": 2}[key]


@pytest.mark.parametrize(
    ("key", "reasons"),
    [
        ("403", {"denied"}),
        ("404", {"gone"}),
        ("archived", {"archived"}),
        ("500", {"io-error"}),
        ("no-answer", {"timeout"}),
        ("stalled", {"timeout"}),
        ("cut-short", {"io-error"}),
    ],
)
def test_what_never_goes_well(wrong, faulty, key, reasons):
    """Each ends, with its reason, after the tries that were asked for."""
    with pytest.raises(ItemError) as error:
        wrong.get(f"s3://bucket/{key}")

    assert error.value.reason in reasons
    assert 1 <= faulty.asked[key] <= 3


def test_a_web_address_with_its_permission(faulty):
    """The query is sent; errors do not show it. It is no store that could be listed or written."""
    allowed = StoreOptions(timeout=1.0, retries=0, allow_hosts=(faulty.endpoint[7:],))
    web, uri = Stores(allowed), f"{faulty.endpoint}/bucket/good?sig=canary"

    assert web.facts(uri).size == len(support.servers.faulty.BODY)
    assert web.read(uri, 1_000_000) == support.servers.faulty.BODY
    for do in (
        lambda: web.facts(uri.replace("good", "404")),
        lambda: web.get(uri),
        lambda: next(web.list_objects(uri)),
        lambda: web.delete(uri),
    ):
        with pytest.raises(ItemError) as error:
            do()
        assert error.value.reason in ("gone", "bad-name")
        assert "canary" not in str(error.value)
