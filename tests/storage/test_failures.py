"""What stores answer, as stable reasons."""

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError, PreconditionError

from hashsweep.errors import REASONS
from hashsweep.storage.failures import translate_errors

SECRET = "http://h/b/k?X-Amz-Signature=canary"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(f"Object at {SECRET} not found\n\nDebug source:\ntimeout: 30"), "gone"),
        (PermissionDeniedError(f"{SECRET} AccessDenied"), "denied"),
        (PermissionDeniedError("<Code>InvalidObjectState</Code>"), "archived"),
        (GenericError("409 <Code>BlobArchived</Code>"), "archived"),
        (PreconditionError("412"), "changed"),
        (GenericError(f"{SECRET}: operation timed out"), "timeout"),
        (GenericError(f"{SECRET}: error\n\nDebug source:\n kind: Timeout"), "timeout"),
        (GenericError(f"{SECRET}: retry_timeout: 300s\n\nDebug source:\n timeout"), "io-error"),
        (GenericError(f"list request: {SECRET} 403 Forbidden"), "denied"),
        (ValueError("Could not parse path: Error"), "bad-name"),
    ],
)
def test_reasons(error, reason):
    """Each has a reason of the table, and nothing of the client's own words is kept."""
    found = translate_errors(error)

    assert found.reason == reason
    assert reason in REASONS
    assert found.detail
    assert "canary" not in str(found)
    assert "http" not in found.detail


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("NoSuchBucket", "the bucket does not exist"),
        ("SignatureDoesNotMatch", "the secret of the access key is wrong"),
        ("error for http://169.254.169.254/latest", "no credentials were found"),
    ],
)
def test_what_helps_is_told(words, told):
    """The commonest mistakes of a set-up are named."""
    assert translate_errors(GenericError(words)).detail == told


def test_a_listing_that_the_client_refuses():
    """Such a key stops a listing; the message says what to do instead."""
    found = translate_errors(ValueError("Could not parse path: Error parsing Path"), "list")

    assert (found.stage, found.reason) == ("list", "bad-name")
    assert ".[aws]" in found.detail
