"""S3 keys that obstore cannot name (control characters, empty parts, a lone dot), by boto3.

boto3 is the optional extra `aws`; it takes eight times the processor time an object, which does not
matter for the few keys that need it. Knows no picture and no list.
"""

import datetime
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from hashsweep.errors import ItemError
from hashsweep.storage.options import StoreOptions

NEEDED = "its key can be asked for by boto3 alone: pip install 'hashsweep[aws]'"

_REASONS = {
    "404": ("gone", "the store has no such object"),
    "NoSuchKey": ("gone", "the store has no such object"),
    "NoSuchVersion": ("gone", "the store has no such version"),
    "NoSuchBucket": ("gone", "there is no such bucket"),
    "403": ("denied", "the store refuses to let this be read"),
    "AccessDenied": ("denied", "the store refuses to let this be read"),
    "412": ("changed", "it is another object than the one that was listed"),
    "PreconditionFailed": ("changed", "it is another object than the one that was listed"),
    "InvalidObjectState": ("archived", "it has to be restored from the archive first"),
}


def is_odd(key: str) -> bool:
    """Say whether obstore refuses this key."""
    folders = key.split("/")
    return not _DOTS.isdisjoint(folders) or any(char < " " or char == "\x7f" for char in key)


_DOTS = {"", ".", ".."}


class Boto3Fallback:
    """Reads objects of S3 whatever their key. Raises ItemError, also where boto3 is missing."""

    def __init__(self, options: StoreOptions) -> None:
        """Make a client; credentials are found where the AWS tools find them."""
        try:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config
        except ImportError:
            raise ItemError("read", "bad-name", NEEDED) from None
        style = "path" if options.endpoint or os.environ.get("AWS_ENDPOINT_URL") else "auto"
        more: dict[str, Any] = {"signature_version": UNSIGNED} if options.anonymous else {}
        self._client: Any = boto3.session.Session().client(  # no credentials of an earlier one
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
        """Return what is known of an object, as obstore's ObjectMeta."""
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
        """Return facts and bytes, as Stores.get does."""
        words: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if span:
            words["Range"] = f"bytes={span[0]}-{span[1] - 1}"
        if etag:
            words["IfMatch"] = f'"{etag}"'
        if version:
            words["VersionId"] = version
        answer = self._ask("get_object", **words)
        meta = _meta(answer)
        with closing(answer["Body"]) as body:  # as a context manager it is urllib3's stream
            if limit is not None and meta["size"] > limit:
                return meta, b""
            return meta, self._read(body)

    def list_objects(
        self, bucket: str, prefix: str, after: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (key, facts) of the objects below a prefix that come after a key."""
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
            raise _broken(error) from None
        raise ItemError("read", reason, detail)

    def _read(self, body: Any) -> bytes:
        from botocore.exceptions import BotoCoreError

        try:
            content: bytes = body.read()
        except (BotoCoreError, OSError) as error:
            raise _broken(error) from None
        return content


def _broken(error: Exception) -> ItemError:
    """Return what a connection came to that failed, or a server that is silent."""
    if "Timeout" in type(error).__name__:
        return ItemError("read", "timeout", "the store did not answer, or stopped in the middle")
    return ItemError("read", "io-error", "the store or the network failed")


def _meta(answer: Any) -> dict[str, Any]:
    """Return facts as obstore has them; of a range, the size of the whole."""
    size = answer.get("Size", answer.get("ContentLength", 0))
    if spoken := answer.get("ContentRange"):
        size = int(spoken.rpartition("/")[2])
    modified = answer["LastModified"].astimezone(datetime.UTC)
    return {"size": size, "e_tag": answer.get("ETag"), "last_modified": modified}
