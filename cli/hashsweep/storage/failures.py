"""Turns errors of object stores into stable reasons. Knows no store's client.

A store's own texts contain addresses, headers and sometimes signatures, so none is kept.
"""

from hashsweep.errors import ItemError

_ARCHIVED = ("InvalidObjectState", "BlobArchived")
"""Codes of S3 (also of Glacier's tiers) and of Azure for objects that must be restored first."""

_SILENT = ("timed out", "TimedOut", "kind: Timeout")
_REFUSED = ("401 Unauthorized", "403 Forbidden", "AccessDenied")
"""For listings and removals, which have no kind of their own."""

_CHANGED = ("PreconditionFailed", "ConditionNotMet")
_DEBUG = "Debug source"  # after this, a client's error shows its settings

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
    "denied": "the store refuses access",
    "changed": "it is not the object that was listed",
    "archived": "it must be restored from the archive first",
    "timeout": "the store did not answer, or stopped in the middle",
    "bad-name": "its key cannot be fetched by this client",
    "io-error": "the store or the network failed",
}
_UNLISTED = (
    "it has a key with an empty part (//) or a control character, which only boto3 can list: pip "
    "install '.[aws]' in hashsweep's clone"
)
_TELLING = (
    ("NoSuchBucket", "the bucket does not exist"),
    ("ContainerNotFound", "the container does not exist"),
    ("InvalidAccessKeyId", "the store does not know this access key"),
    ("SignatureDoesNotMatch", "the secret of the access key is wrong"),
    ("PermanentRedirect", "the bucket is in another region"),
    ("AuthorizationHeaderMalformed", "the bucket is in another region"),
    ("ExpiredToken", "the credentials have expired"),
    ("169.254.169.254", "no credentials were found"),
    ("dns error", "DNS does not know the store's name"),
    ("Connection refused", "nothing answers at the store's address"),
    ("certificate", "the store's certificate cannot be trusted"),
)
"""Further details, by words in a client's error."""


def translate_errors(error: Exception, stage: str = "read") -> ItemError:
    """Return a client's error with a stable reason and our own text as detail."""
    text = str(error).partition(_DEBUG)[0]
    reason = _reason(type(error).__name__, text, str(error))
    if reason == "bad-name" and stage == "list":
        return ItemError(stage, reason, _UNLISTED)
    detail = next((detail for word, detail in _TELLING if word in text), _DETAILS[reason])
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
