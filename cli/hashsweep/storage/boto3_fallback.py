"""Reads S3 keys that obstore cannot handle (control characters, empty parts, a lone dot), by boto3.

boto3 is the optional extra `aws`; it takes eight times the processor time per object, which does
not matter for the few keys that need it. Knows no picture and no list.
"""

import datetime
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from hashsweep.errors import ItemError
from hashsweep.storage.options import StoreOptions

NEEDED = "its key can only be fetched by boto3: pip install '.[aws]' in hashsweep's clone"

_REASONS = {
    "404": ("gone", "the store has no such object"),
    "NoSuchKey": ("gone", "the store has no such object"),
    "NoSuchVersion": ("gone", "the store has no such version"),
    "NoSuchBucket": ("gone", "the bucket does not exist"),
    "403": ("denied", "the store refuses access"),
    "AccessDenied": ("denied", "the store refuses access"),
    "412": ("changed", "it is not the object that was listed"),
    "PreconditionFailed": ("changed", "it is not the object that was listed"),
    "InvalidObjectState": ("archived", "it must be restored from the archive first"),
}


def is_odd(key: str) -> bool:
    """Say whether obstore refuses this key."""
    folders = key.split("/")
    return not _DOTS.isdisjoint(folders) or any(char < " " or char == "\x7f" for char in key)


_DOTS = {"", ".", ".."}


class Boto3Fallback:
    """Reads S3 objects with any key. Raises ItemError, also if boto3 is missing."""

    def __init__(self, options: StoreOptions) -> None:
        """Make a client; credentials are found as by the AWS tools."""
        try:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config
        except ImportError:
            raise ItemError("read", "bad-name", NEEDED) from None
        style = "path" if options.endpoint or os.environ.get("AWS_ENDPOINT_URL") else "auto"
        more: dict[str, Any] = {"signature_version": UNSIGNED} if options.anonymous else {}
        self._client: Any = boto3.session.Session().client(  # no credentials of an earlier session
            "s3",
            endpoint_url=options.endpoint,
            region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
            config=Config(
                connect_timeout=min(options.timeout, 5),
                read_timeout=options.timeout,
                retries={"total_max_attempts": options.retries + 1, "mode": "standard"},
                s3={"addressing_style": style},
                **more,
            ),
        )

    def head(self, bucket: str, key: str) -> dict[str, Any]:
        """Return what is known about an object, like obstore's ObjectMeta."""
        return _meta(self._ask("head_object", Bucket=bucket, Key=key))

    def get(
        self,
        bucket: str,
        key: str,
        *,
        span: tuple[int, int] | None,
        etag: str | None,
        version: str | None,
        limit: int | None,
    ) -> tuple[dict[str, Any], bytes]:
        """Return facts and bytes, like Stores.get."""
        words: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if span:
            words["Range"] = f"bytes={span[0]}-{span[1] - 1}"
        if etag:
            words["IfMatch"] = f'"{etag}"'
        if version:
            words["VersionId"] = version
        answer = self._ask("get_object", **words)
        meta = _meta(answer)
        with closing(answer["Body"]) as body:  # as a context manager it would be urllib3's stream
            if limit is not None and meta["size"] > limit:
                return meta, b""
            return meta, self._read(body)

    def list_objects(
        self, bucket: str, prefix: str, after: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (key, facts) of the objects below a prefix after a key."""
        more: str | None = None
        while True:
            words = {"ContinuationToken": more} if more else {"StartAfter": after}
            page = self._ask("list_objects_v2", Bucket=bucket, Prefix=prefix, **words)
            for each in page.get("Contents", ()):
                yield each["Key"], _meta(each)
            more = page.get("NextContinuationToken")
            if not more:
                return

    def _ask(self, what: str, **words: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, what)(**words)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            reason, detail = _REASONS.get(code, ("io-error", "the store or the network failed"))
        except BotoCoreError as error:
            raise _connection_error(error) from None
        raise ItemError("read", reason, detail)

    def _read(self, body: Any) -> bytes:
        from botocore.exceptions import BotoCoreError

        try:
            content: bytes = body.read()
        except (BotoCoreError, OSError) as error:
            raise _connection_error(error) from None
        return content


def _connection_error(error: Exception) -> ItemError:
    """Return the error for a failed connection or a silent server."""
    if "Timeout" in type(error).__name__:
        return ItemError("read", "timeout", "the store did not answer, or stopped in the middle")
    return ItemError("read", "io-error", "the store or the network failed")


def _meta(answer: Any) -> dict[str, Any]:
    """Return facts like obstore's; for a range, the size of the whole object."""
    size = answer.get("Size", answer.get("ContentLength", 0))
    if spoken := answer.get("ContentRange"):
        size = int(spoken.rpartition("/")[2])
    modified = answer["LastModified"].astimezone(datetime.UTC)
    return {"size": size, "e_tag": answer.get("ETag"), "last_modified": modified}
