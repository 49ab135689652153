"""Names of objects: what a URI says, and what of it may be told. Knows no store."""

from typing import NamedTuple
from urllib.parse import urlsplit

SCHEMES = {
    "s3": "Amazon S3 and what speaks its language",
    "gs": "Google Cloud Storage",
    "az": "Azure Blob Storage (az://container/blob)",
    "https": "any web server, one object by its whole address",
    "http": "the same without encryption",
}
"""Schemes of URIs that are fetched; whatever else is a path of this machine."""

_WEB = ("https", "http")


class Location(NamedTuple):
    """Where an object is. `key` is as it is, never percent-encoded; it may be a prefix or empty.

    Of a web address `bucket` is the host, and `key` the path and the query as they are written.
    """

    scheme: str
    bucket: str
    key: str


def is_remote(uri: str) -> bool:
    """Say whether this names an object rather than a path."""
    scheme, colon, _ = uri.partition("://")
    return bool(colon) and scheme in SCHEMES


def split_uri(uri: str) -> Location:
    """Return where an object is; raises ValueError for what names none."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in SCHEMES or not bucket:
        raise ValueError("no scheme and bucket")
    return Location(scheme, bucket, key)


def without_secrets(uri: str) -> str:
    """Return a URI as reports and messages may have it.

    A web address loses its query, where presigned URLs and SAS tokens have their permission, its
    fragment, and a user and password before the host. Keys of buckets may hold any of these
    characters and are left as they are.
    """
    if uri.partition("://")[0] not in _WEB:
        return uri
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def below(key: str, folder: str) -> str | None:
    """Return what follows `folder` in a key that lies in it; None if it does not."""
    prefix = folder if not folder or folder.endswith("/") else f"{folder}/"
    return key[len(prefix) :] if key.startswith(prefix) else None
