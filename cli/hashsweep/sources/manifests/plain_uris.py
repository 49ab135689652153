"""Turns one URI or path of a list into an item, and checks whether it can be fetched."""

from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from hashsweep.errors import ItemError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, absolute, examine
from hashsweep.storage.origins import check_allowed, is_web
from hashsweep.storage.uris import is_remote, split_uri, without_secrets


def item_of(item: Item, hosts: Collection[str] = ()) -> Item | Skipped:
    """Return the item of a row whose `uri` is as written in the list; never raises.

    A path is examined on disk, like one in a folder. A web address's query, which may be
    a permission, is kept out of `uri`: it goes into `link`. Of web servers only `hosts` are asked,
    as origins.read_host returns them.
    """
    uri = item.uri
    scheme, colon, rest = uri.partition("://")
    if is_remote(uri):
        return _object_of(item, hosts)
    if colon and scheme.lower() == "file":
        try:
            uri = unquote(urlsplit(uri).path, errors="surrogateescape")
        except ValueError:
            return item._replace(failure=Failure("list", "bad-name", "no address of a file"))
    elif colon and scheme.isalnum() and rest:
        failure = Failure("list", "bad-name", "an unsupported scheme")
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


def _object_of(item: Item, hosts: Collection[str]) -> Item:
    uri = item.uri
    try:
        where = split_uri(uri)
    except ValueError:
        return item._replace(failure=Failure("list", "bad-name", "it names no bucket"))
    if not where.key:
        return item._replace(failure=Failure("list", "bad-name", "it names no object"))
    shown = without_secrets(uri)
    if is_web(uri):
        try:
            check_allowed(uri, hosts, "list")
        except ItemError as error:
            return item._replace(uri=shown, failure=error.failure)
    return item if shown == uri else item._replace(uri=shown, link=uri)
