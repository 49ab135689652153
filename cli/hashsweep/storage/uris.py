"""Object names: the parts of a URI, and which of them may be shown. Knows no store."""

from typing import NamedTuple

SCHEMES = {
    "s3": "Amazon S3 and compatible stores",
    "gs": "Google Cloud Storage",
    "az": "Azure Blob Storage (az://container/blob)",
    "https": "any web server, one object by its full address",
    "http": "the same without encryption",
}
"""Schemes of URIs that are fetched; anything else is a local path."""

_WEB = ("https", "http")


class Location(NamedTuple):
    """Where an object is. `key` is literal, never percent-encoded; it may be a prefix or empty.

    For a web address `bucket` is the host, and `key` the path and query as written.
    """

    scheme: str
    bucket: str
    key: str


def is_remote(uri: str) -> bool:
    """Say whether this names an object rather than a path."""
    scheme, colon, _ = uri.partition("://")
    return bool(colon) and scheme in SCHEMES


def split_uri(uri: str) -> Location:
    """Return where an object is; raises ValueError if it names none."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in SCHEMES or not bucket:
        raise ValueError("no scheme and bucket")
    return Location(scheme, bucket, key)


def without_secrets(uri: str) -> str:
    """Return a URI that is safe in reports and messages.

    A web address loses its query, which holds the permission of presigned URLs and SAS tokens, its
    fragment, and a user and password before the host. Keys of buckets may hold any of these
    characters and are unchanged. Never raises: any text may stand in a manifest.
    """
    if uri.partition("://")[0] not in _WEB:
        return uri
    scheme, _, rest = uri.partition("://")
    netloc, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return f"{scheme}://{netloc.rpartition('@')[2]}{slash}{path}"


def below(key: str, folder: str) -> str | None:
    """Return what follows `folder` in a key inside it; None if it does not."""
    prefix = folder if not folder or folder.endswith("/") else f"{folder}/"
    return key[len(prefix) :] if key.startswith(prefix) else None
