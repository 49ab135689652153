"""Fixtures that several folders of tests share."""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command has it; before numpy is loaded

import signal
import time
from functools import partial

import pytest
from hypothesis import settings
from PIL import Image

import support.servers.azure
import support.servers.faulty
import support.servers.gcs
import support.servers.seaweed
from support import browser, readers, shells
from support.commands import run_here, run_process
from support.proc import workers
from support.thoroughness import EXHAUSTIVE, examples

os.environ.pop("COLUMNS", None)  # which says how wide tables are
os.environ["HASHSWEEP_CONFIG"] = ""  # whatever this machine is configured for
gc.disable()  # until all tests are known: what is imported and collected is no garbage
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs behind it
os.umask(0o077)  # lists that others may read are refused, and tests write many lists

settings.register_profile(
    "hashsweep", deadline=None, max_examples=examples(100)
)  # no deadline: these machines are shared
settings.load_profile("hashsweep")

PIXELS = Image.MAX_IMAGE_PIXELS


@pytest.fixture(autouse=True)
def the_limit_of_pillow():
    """Opening a picture in this process sets Pillow's bound on pixels; no test keeps it."""
    yield
    Image.MAX_IMAGE_PIXELS = PIXELS


@pytest.fixture
def hashsweep(tmp_path):
    """The command, run to its end in this process, in this test's folder (support.commands)."""
    return partial(run_here, cwd=tmp_path)


@pytest.fixture
def hashsweep_process(tmp_path):
    """The real command, run to its end in a process of its own, where that is the subject.

    Signals, full disks, limits, closed streams, locale, workers and their faults, start-up.
    """
    return partial(run_process, cwd=tmp_path)


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
    """A server that speaks Azure Blob Storage (support.servers.azure); for the mark `azurite`."""
    with support.servers.azure.running(tmp_path_factory.mktemp("azure")) as server:
        yield server


NEEDED = {
    "azurite": support.servers.azure.PROGRAM,
    "chromium": browser.PROGRAM,
    "fish": shells.FISH,
    "spark": readers.SPARK,
    "zsh": shells.ZSH,
}
"""Programs that no package of Python brings, by the mark of the tests that need them."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out, and say so, what cannot or need not run now; what takes longest begins first."""
    missing = [mark for mark, program in NEEDED.items() if not program]
    missing += [] if EXHAUSTIVE else ["exhaustive"]
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not item.nodeid.startswith(SERIAL + LONG))


def pytest_collection_finish():
    """Leave what was imported and collected out of every later search for garbage."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure():
    """Let everything end as usual: some libraries complain of what is left behind."""
    gc.unfreeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One more than there are processors: a third of the time tests wait for other processes."""
    return len(os.sched_getaffinity(0)) + 1


SERIAL = ("tests/faults/", "tests/media/test_bombs.py", "tests/commands/test_stop.py")
"""What kills, bounds or fills whole processes: never two of these at once."""

LONG = ("tests/test_readme.py", "tests/test_examples.py")
"""Files that take a minute or more."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share tests out by file, so that a server or a module's fixture is rarely made twice."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "serial" if nodeid.startswith(SERIAL) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False  # which would begin with the file of most tests
    return ByFile(config, log)


@pytest.fixture
def faulty():
    """A server that goes wrong on purpose (support.servers.faulty)."""
    with support.servers.faulty.running() as server:
        yield server
