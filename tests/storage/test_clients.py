"""How stores are opened: what is missing is told in one line."""

import sys

import pytest

from hashsweep.errors import UsageProblem
from hashsweep.storage.clients import new_store
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.uris import split_uri


@pytest.fixture(autouse=True)
def nobodys(monkeypatch):
    """No credentials of whoever runs the tests."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)


def test_a_profile_needs_its_package(monkeypatch):
    """Profiles are not read by obstore; without boto3 the message says how to get it."""
    monkeypatch.setenv("AWS_PROFILE", "canary")
    monkeypatch.setitem(sys.modules, "obstore.auth.boto3", None)

    with pytest.raises(UsageProblem, match=r"\.\[aws\]"):
        new_store(split_uri("s3://bucket/key"), StoreOptions())
    new_store(split_uri("s3://bucket/key"), StoreOptions(anonymous=True))


def test_an_account_that_is_not_named():
    """Azure cannot be asked without one."""
    with pytest.raises(UsageProblem, match="az://container cannot be opened: are its account"):
        new_store(split_uri("az://container/blob"), StoreOptions())
