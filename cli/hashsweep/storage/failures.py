"""What object stores answer when something is wrong, as stable reasons. Knows no store's client.

A store's own words hold addresses, headers and sometimes signatures, so none of them is kept.
"""

from hashsweep.errors import ItemError

_ARCHIVED = ("InvalidObjectState", "BlobArchived")
"""Codes of S3 (also of Glacier's tiers) and of Azure for what has to be restored first."""

_SILENT = ("timed out", "TimedOut", "kind: Timeout")
_REFUSED = ("401 Unauthorized", "403 Forbidden", "AccessDenied")
"""Of listings and removals, which have no kind of their own."""

_CHANGED = ("PreconditionFailed", "ConditionNotMet")
_DEBUG = "Debug source"  # from here on a client's error shows its own settings

_BY_KIND = {
    "FileNotFoundError": "gone",
    "NotFoundError": "gone",
    "PermissionDeniedError": "denied",
    "UnauthenticatedError": "denied",
    "PreconditionError": "changed",
    "InvalidPathError": "bad-name",
}

_DETAILS = {
    "gone": "the store has no such object",
    "denied": "the store refuses to let this be read",
    "changed": "it is another object than the one that was listed",
    "archived": "it has to be restored from the archive first",
    "timeout": "the store did not answer, or stopped in the middle",
    "bad-name": "its key cannot be asked for by this client",
    "io-error": "the store or the network failed",
}
_UNLISTED = (
    "it holds a key with an empty part (//) or a control character, which takes boto3 to list: pip "
    "install 'hashsweep[aws]'"
)
_TELLING = (
    ("NoSuchBucket", "there is no such bucket"),
    ("ContainerNotFound", "there is no such container"),
    ("InvalidAccessKeyId", "the store does not know this access key"),
    ("SignatureDoesNotMatch", "the secret of the access key is wrong"),
    ("PermanentRedirect", "the bucket is in another region"),
    ("AuthorizationHeaderMalformed", "the bucket is in another region"),
    ("ExpiredToken", "the credentials have expired"),
    ("169.254.169.254", "no credentials were found"),
    ("dns error", "the store's name is not known to DNS"),
    ("Connection refused", "nobody answers at the store's address"),
    ("certificate", "the store's certificate cannot be trusted"),
)
"""What else is worth telling, by words in a client's error."""


def translate_errors(error: Exception, stage: str = "read") -> ItemError:
    """Return a client's error with a stable reason and a detail in our own words."""
    text = str(error).partition(_DEBUG)[0]
    reason = _reason(type(error).__name__, text, str(error))
    if reason == "bad-name" and stage == "list":
        return ItemError(stage, reason, _UNLISTED)
    detail = next((told for word, told in _TELLING if word in text), _DETAILS[reason])
    return ItemError(stage, reason, detail)


def _reason(kind: str, text: str, whole: str) -> str:
    if any(word in text for word in _ARCHIVED):
        return "archived"
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if "Could not parse path" in text:
        return "bad-name"
    if any(word in text for word in _CHANGED):
        return "changed"
    if any(word in text for word in _REFUSED):
        return "denied"
    return "timeout" if any(word in whole for word in _SILENT) else "io-error"
