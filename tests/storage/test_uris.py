"""What URIs say, and what of them may be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.storage.uris import Location, below, is_remote, split_uri, without_secrets


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket/a/b c.jpg", Location("s3", "bucket", "a/b c.jpg")),
        ("s3://bucket", Location("s3", "bucket", "")),
        ("gs://bucket/100%?#x\n", Location("gs", "bucket", "100%?#x\n")),
        ("az://container//a//b", Location("az", "container", "/a//b")),
        ("https://host/a?b=c", Location("https", "host", "a?b=c")),
    ],
)
def test_keys_are_taken_as_they_are(uri, expected):
    """Nothing in a key is decoded, cut off or tidied up."""
    assert split_uri(uri) == expected
    assert is_remote(uri)


@pytest.mark.parametrize(
    "path", ["/srv/a.jpg", "a.jpg", "s3:/a", "ftp://host/a", "-", "x/s3://b/c"]
)
def test_paths_are_not_remote(path):
    """Whatever has none of the schemes is a path."""
    assert not is_remote(path)


@pytest.mark.parametrize("uri", ["s3://", "s3:///key", "/srv", "ftp://host/a"])
def test_what_names_no_object_is_refused(uri):
    """There is no bucket without a name."""
    with pytest.raises(ValueError, match="no scheme and bucket"):
        split_uri(uri)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("https://h/a.jpg?X-Amz-Signature=canary", "https://h/a.jpg"),
        ("https://user:canary@h:8/a.jpg#canary", "https://h:8/a.jpg"),
        ("s3://bucket/a?b#c", "s3://bucket/a?b#c"),
        ("/srv/a?b", "/srv/a?b"),
    ],
)
def test_permission_is_cut_off(uri, told):
    """Of a web address only host and path may be told; keys and paths are names."""
    assert without_secrets(uri) == told


@given(folder=st.text("ab/"), rest=st.text("ab/", min_size=1))
def test_below(folder, rest):
    """A key lies below a folder if the folder and a slash come before it."""
    prefix = folder if not folder or folder.endswith("/") else folder + "/"
    assert below(prefix + rest, folder) == rest
    assert below("c" + prefix + rest, prefix + "d") is None


@given(st.text("/?#@[]:%ab\n", max_size=12))
def test_no_address_is_an_error(rest):
    """Whatever a manifest calls an address, what is shown has no query, user or fragment."""
    told = without_secrets(f"https://{rest}")

    assert told.startswith("https://")
    assert not {"?", "#"} & set(told)
    assert "@" not in told.removeprefix("https://").partition("/")[0]
