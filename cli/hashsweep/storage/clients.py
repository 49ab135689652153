"""Opens object stores, with their endpoints and credentials. Knows no object.

Credentials are found as by each store's own tools, and go nowhere else.
"""

import datetime
import os
from typing import Any

from obstore import store
from obstore.exceptions import BaseError

from hashsweep.errors import UsageProblem
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.uris import Location

ERRORS = (BaseError, OSError, ValueError)
"""All errors of obstore; a missing object is a FileNotFoundError."""

_WHOLE_REQUEST = datetime.timedelta(minutes=5)  # of facts.CHUNK bytes, however slowly they come


def new_store(where: Location, options: StoreOptions) -> Any:
    """Return the store of a bucket or container; raises UsageProblem if it cannot be named."""
    shared: dict[str, Any] = {
        "client_options": _client_options(options),
        "retry_config": _retries(options),
    }
    if options.anonymous:
        shared["skip_signature"] = True
    endpoint: dict[str, Any] = {"endpoint": options.endpoint} if options.endpoint else {}
    try:
        if where.scheme == "s3":
            profile = {} if options.anonymous else _profile()
            return store.S3Store(where.bucket, **endpoint, **profile, **shared)
        if where.scheme == "gs":
            return store.GCSStore(where.bucket, **shared)
        return store.AzureStore(where.bucket, **endpoint, **shared)
    except ERRORS as error:
        raise UsageProblem(
            f"{where.scheme}://{where.bucket} cannot be opened: are its account, region and "
            "credentials in the environment?"
        ) from error


def _client_options(options: StoreOptions) -> Any:
    silence = datetime.timedelta(seconds=options.timeout)
    return {
        "connect_timeout": min(silence, datetime.timedelta(seconds=5)),
        "read_timeout": silence,
        "timeout": _WHOLE_REQUEST,
        "allow_http": True,  # such an endpoint was given on purpose; the stores' own are encrypted
        "pool_max_idle_per_host": "64",
    }


def _retries(options: StoreOptions) -> Any:
    return {
        "max_retries": options.retries,
        "retry_timeout": _WHOLE_REQUEST,
        "backoff": {
            "init_backoff": datetime.timedelta(milliseconds=100),
            "max_backoff": datetime.timedelta(seconds=5),
            "base": 2,
        },
    }


def _profile() -> dict[str, Any]:
    """Return the credentials of a profile in ~/.aws, if one is set; obstore reads none."""
    named = os.environ.get("AWS_PROFILE")
    if not named or os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError as error:
        raise UsageProblem(
            f"AWS_PROFILE={named} needs boto3: pip install '.[aws]' in hashsweep's clone"
        ) from error
    return {"credential_provider": Boto3CredentialProvider()}
