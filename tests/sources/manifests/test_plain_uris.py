"""URIs and paths as they are written in lists."""

import pytest

from hashsweep.model import Item, Skipped
from hashsweep.sources.manifests.plain_uris import item_of


@pytest.mark.parametrize("uri", ["s3://b/k", "gs://b/a//b", "az://c/%41 +?#x", "https://h/a.jpg"])
def test_objects_are_taken_as_they_are(uri):
    """Keys are no web addresses: nothing in them is decoded or cut."""
    assert item_of(Item(uri, 5, columns={"a": "b"}), ["h"]) == Item(uri, 5, columns={"a": "b"})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://h/a.jpg?X-Amz-Signature=s", "https://h/a.jpg"),
        ("https://h/@a.jpg?x=/#f", "https://h/@a.jpg"),
        ("http://h/a.jpg?sv=1&sig=s#f", "http://h/a.jpg"),
    ],
)
def test_permissions_are_kept_apart(written, shown):
    """What is shown has none; what is fetched has it."""
    item = item_of(Item(written), ["h"])

    assert (item.uri, item.link) == (shown, written)


@pytest.mark.parametrize(
    ("uri", "shown", "reason"),
    [
        ("https://x/a.jpg?sig=s", "https://x/a.jpg", "host-not-allowed"),
        ("https://h:8443/a.jpg", "https://h:8443/a.jpg", "host-not-allowed"),
        ("https://user:pass@h/a.jpg?sig=s", "https://h/a.jpg", "bad-name"),
        ("http://[h/a.jpg?sig=s", "http://[h/a.jpg", "bad-name"),
    ],
)
def test_servers_that_were_not_named_fail(uri, shown, reason):
    """The row says so, without its permission."""
    item = item_of(Item(uri), ["h"])

    assert (item.uri, item.link, item.failure.reason) == (shown, None, reason)
    assert item.failure.stage == "list"


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///k", "s3://b", "s3://b/", "ftp://h/x", "magnet://x"]
)
def test_what_names_nothing_that_can_be_fetched_fails(uri):
    """By its name, as it is written."""
    item = item_of(Item(uri))

    assert (item.uri, item.failure.stage, item.failure.reason) == (uri, "list", "bad-name")


def test_paths_are_looked_at_on_disk(tmp_path, monkeypatch):
    """Like those of a folder; what the list says beside travels along."""
    (tmp_path / "a b.jpg").write_bytes(b"xy")
    (tmp_path / "link").symlink_to("a b.jpg")
    monkeypatch.chdir(tmp_path)
    found = item_of(Item("a b.jpg", 99, columns={"id": "1"}, md5=b"m" * 16))

    assert (found.uri, found.size) == (f"{tmp_path}/a b.jpg", 2)
    assert (found.columns, found.md5) == ({"id": "1"}, b"m" * 16)
    assert item_of(Item(f"file://{tmp_path}/a%20b.jpg")).size == 2
    assert item_of(Item("link")) == Skipped(f"{tmp_path}/link", "symlink")
    assert item_of(Item(".")).failure.reason == "not-regular"
    assert item_of(Item("none\0")).failure.reason == "bad-name"


@pytest.mark.parametrize(
    ("uri", "reason"), [("https://us[er@h/x?secret", "bad-name"), ("file://[x/a.jpg", "bad-name")]
)
def test_an_address_that_is_none_costs_its_row(uri, reason):
    """Square brackets are for IPv6, and nobody knows what these are for."""
    found = item_of(Item(uri))

    assert (found.failure and found.failure.reason) == reason
    assert "secret" not in found.uri
