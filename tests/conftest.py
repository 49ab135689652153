"""Fixtures that several folders of tests share."""

import os
import subprocess
import time

import pytest
from hypothesis import settings
from PIL import Image

import support.servers.azure
import support.servers.faulty
import support.servers.gcs
import support.servers.seaweed
from support import browser
from support.commands import COMMAND
from support.proc import workers

os.umask(0o077)  # lists that others may read are refused, and tests write many lists

settings.register_profile("hashsweep", deadline=None)  # these machines are shared
settings.load_profile("hashsweep")

PIXELS = Image.MAX_IMAGE_PIXELS


@pytest.fixture(autouse=True)
def the_limit_of_pillow():
    """Opening a picture in this process sets Pillow's bound on pixels; no test keeps it."""
    yield
    Image.MAX_IMAGE_PIXELS = PIXELS


@pytest.fixture
def hashsweep(tmp_path):
    """The real command, run to its end in a process of its own."""

    def run(*arguments, cwd=tmp_path, **options):
        options.setdefault("timeout", 120)
        options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
        return subprocess.run(
            [*COMMAND, *map(os.fspath, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            **{name: value for name, value in options.items() if value is not None},
        )

    return run


@pytest.fixture
def no_worker_left():
    """Afterwards no worker process may be running."""
    yield
    deadline = time.monotonic() + 5
    while workers() and time.monotonic() < deadline:
        time.sleep(0.01)

    assert workers() == []


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory):
    """A real S3 server (support.servers.seaweed)."""
    with support.servers.seaweed.running(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def gcs(tmp_path_factory):
    """A server that speaks Google Cloud Storage (support.servers.gcs)."""
    with support.servers.gcs.running(tmp_path_factory.mktemp("gcs")) as server:
        yield server


@pytest.fixture(scope="session")
def azure(tmp_path_factory):
    """A server that speaks Azure Blob Storage (support.servers.azure); for tests marked `azurite`."""
    with support.servers.azure.running(tmp_path_factory.mktemp("azure")) as server:
        yield server


NEEDED = {"azurite": support.servers.azure.PROGRAM, "chromium": browser.PROGRAM}
"""Programs that no package of Python brings, by the mark of the tests that need them."""


def pytest_collection_modifyitems(config, items):
    """Leave out, and say so, what needs a program that is not there."""
    missing = [mark for mark, program in NEEDED.items() if not program]
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def faulty():
    """A server that goes wrong on purpose (support.servers.faulty)."""
    with support.servers.faulty.running() as server:
        yield server
