"""One URI or path of a list, as an item: what it names, and whether that can be fetched."""

from urllib.parse import unquote, urlsplit

from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, absolute, examine
from hashsweep.storage.uris import is_remote, split_uri, without_secrets


def item_of(item: Item) -> Item | Skipped:
    """Return the item of a row whose `uri` is as it was written; never raises.

    A path is looked at on disk, like one of a folder. A web address keeps its query, which may be
    a permission, to itself: it goes into `link`.
    """
    uri = item.uri
    scheme, colon, rest = uri.partition("://")
    if is_remote(uri):
        try:
            where = split_uri(uri)
        except ValueError:
            return item._replace(failure=Failure("list", "bad-name", "no bucket is named"))
        if not where.key:
            return item._replace(failure=Failure("list", "bad-name", "no object is named"))
        shown = without_secrets(uri)
        return item if shown == uri else item._replace(uri=shown, link=uri)
    if colon and scheme.lower() == "file":
        uri = unquote(urlsplit(uri).path, errors="surrogateescape")
    elif colon and scheme.isalnum() and rest:
        failure = Failure("list", "bad-name", "a scheme that is not fetched")
        return item._replace(failure=failure)
    path = absolute(uri)
    found = examine(path, path.lstrip("/"), TAKE_ALL)
    if isinstance(found, Skipped):
        if found.reason == "special":
            import os

            if os.path.isdir(path):
                return Item(path, failure=Failure("list", "not-regular", "a folder"))
        return found
    return found._replace(columns=item.columns, md5=item.md5)
