"""Keys that obstore cannot name, in a real store."""

import pytest

from hashsweep.errors import ItemError
from hashsweep.storage.boto3_fallback import is_odd
from hashsweep.storage.stores import Stores

ODD = "in/a\nb\x01.jpg"
CONTENT = b"0123456789" * 10


@pytest.fixture
def bucket(seaweed, monkeypatch):
    """A bucket with keys of both kinds; its name."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    name = seaweed.bucket()
    client = seaweed.client()
    for key in (ODD, "in/0", "in/z", "inside", "out"):
        client.put_object(Bucket=name, Key=key, Body=CONTENT + key.encode())
    return name


@pytest.mark.parametrize("key", ["a\nb", "a//b", "/a", "a/", "a/./b", "..", "a\x7f", "\t"])
def test_what_obstore_cannot_name(key):
    """Or would name otherwise."""
    assert is_odd(key)


@pytest.mark.parametrize("key", ["a", "a b", "a/.b", "a...b/c", "ü😀", "%41+?#", "\x80"])
def test_what_obstore_can_name(key):
    """All others."""
    assert not is_odd(key)


def test_an_odd_object_is_read(bucket):
    """Whole, in part, by its token; its size is known first."""
    stores, uri = Stores(), f"s3://{bucket}/{ODD}"
    whole = CONTENT + ODD.encode()
    facts = stores.facts(uri)

    assert (facts.uri, facts.size) == (uri, len(whole))
    assert stores.get(uri) == (facts, whole)
    assert stores.get(uri, span=(2, 5), etag=facts.etag) == (facts, whole[2:5])
    assert stores.get(uri, limit=3) == (facts, b"")
    with pytest.raises(ItemError, match="changed"):
        stores.get(uri, etag="0" * 32)


@pytest.mark.parametrize(("uri", "reason"), [("{}/none\n", "gone"), ("{}-none/a\n", "gone")])
def test_what_is_not_there(bucket, uri, reason):
    """Like any other key."""
    with pytest.raises(ItemError) as caught:
        Stores().get(f"s3://{uri.format(bucket)}")

    assert caught.value.reason == reason


def test_a_listing_with_an_odd_key_goes_on(bucket):
    """Every object below the prefix, once, and none beside it."""
    found = [
        facts.uri.removeprefix(f"s3://{bucket}/")
        for facts in Stores().list_objects(f"s3://{bucket}/in")
    ]

    assert found == ["in/0", ODD, "in/z"]
    assert len(list(Stores().list_objects(f"s3://{bucket}"))) == 5


def test_without_boto3_the_message_says_how_to_get_it(bucket, monkeypatch):
    """The item fails; a listing is not cut short in silence."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(ItemError, match=r"bad-name.*\.\[aws\]"):
        Stores().get(f"s3://{bucket}/{ODD}")
    with pytest.raises(ItemError, match=r"bad-name.*\.\[aws\]"):
        list(Stores().list_objects(f"s3://{bucket}/in"))


def test_a_store_that_refuses_or_does_not_answer(faulty, monkeypatch):
    """The same reasons as for other keys."""
    from hashsweep.storage.options import StoreOptions

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "canary-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    stores = Stores(StoreOptions(faulty.endpoint, timeout=0.5, retries=0))
    reasons = {}
    for key in ("403", "archived", "no-answer", "stalled", "cut-short"):
        with pytest.raises(ItemError) as caught:
            stores.get(f"s3://bucket/{key}\n")
        reasons[key] = caught.value.reason
        assert "canary" not in str(caught.value)

    assert reasons == {
        "403": "denied",
        "archived": "archived",
        "no-answer": "timeout",
        "stalled": "timeout",
        "cut-short": "io-error",
    }
