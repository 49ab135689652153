"""Turns one URI or path of a list into an item, and checks whether it can be fetched."""

from collections.abc import Callable, Collection
from urllib.parse import unquote, urlsplit

from hashsweep.errors import ItemError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, absolute, examine
from hashsweep.storage.origins import check_allowed, is_web
from hashsweep.storage.uris import is_remote, split_uri, without_secrets


def path_of(uri: str) -> str | None:
    """Return the absolute path that a list's `uri` names; None if it names no local file."""
    scheme, colon, rest = uri.partition("://")
    if is_remote(uri):
        return None
    if colon and scheme.lower() == "file":
        try:
            return absolute(unquote(urlsplit(uri).path, errors="surrogateescape"))
        except ValueError:
            return None
    return None if colon and scheme.isalnum() and rest else absolute(uri)


def look_here(path: str) -> Item | Skipped:
    """Return what a path is, as this process sees it."""
    return examine(path, path.lstrip("/"), TAKE_ALL)


def item_of(
    item: Item,
    hosts: Collection[str] = (),
    look: Callable[[str], Item | Skipped] = look_here,
) -> Item | Skipped:
    """Return the item of a row whose `uri` is as written in the list; never raises.

    A path is examined on disk by `look`, like one in a folder. A web address's query, which may be
    a permission, is kept out of `uri`: it goes into `link`. Of web servers only `hosts` are asked,
    as origins.read_host returns them.
    """
    if is_remote(item.uri):
        return _object_of(item, hosts)
    path = path_of(item.uri)
    if path is None:
        is_file = item.uri.lower().startswith("file://")
        why = "no address of a file" if is_file else "an unsupported scheme"
        return item._replace(failure=Failure("list", "bad-name", why))
    found = look(path)
    if isinstance(found, Skipped):
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
