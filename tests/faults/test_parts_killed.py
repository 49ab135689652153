"""kill -9 of workers and of the sweep itself while they are at files of many pages.

Each page has its row once, whatever was killed, and however far its file had come.
"""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter

import pyarrow.parquet as pq
import pytest

from hashsweep.sweep.suspects import DEATHS
from support.commands import COMMAND
from support.drawings import jpeg, scene
from support.proc import children, descendants
from support.thoroughness import times

pytestmark = pytest.mark.exhaustive
FILES, PAGES = 6, 200
KILLS = times(30, 30)
"""How many kills of each kind; a hundred were tried when this was written."""

PATIENCE = 300  # seconds, for a sweep that hangs


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Documents of the same pages in another order each; three of their pages are listed."""
    here = tmp_path_factory.mktemp("pages")
    (here / "media").mkdir()
    pages = [scene(seed, 64, 48) for seed in range(PAGES)]
    for number in range(FILES):
        at = number * PAGES // FILES
        first, *others = pages[at:] + pages[:at]
        path = here / "media" / f"{number:02}.tiff"
        first.save(path, save_all=True, append_images=others, compression="packbits")
        (here / "media" / f"{number:02}.jpg").write_bytes(jpeg(scene(number, 80, 60)))
    (here / "known").mkdir()
    for page in (1, PAGES // 2, PAGES - 1):
        scene(page, 64, 48).save(here / "known" / f"{page}.png")
    words = ("hash", *sorted((here / "known").iterdir()), "--hash", "pdq", "-o", "known.csv")
    subprocess.run([*COMMAND, *words], cwd=here, check=True)
    return here


def start(corpus, report):
    """Begin a sweep, or go on with it."""
    words = ("scan", "media", "--list", "known.csv", "-q", "--segment-rows", "200", "--resume")
    words += ("--variants", "off")
    return subprocess.Popen(
        [*COMMAND, *words, "-j", "2", "-o", report], cwd=corpus, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def rows(report):
    """(the rows of `files` by item and part, the rows of `matches`), each once."""
    files = pq.read_table(report / "files").to_pylist()
    by_part = {(row["uri"], row["part"]): row for row in files}
    assert len(by_part) == len(files)
    return by_part, Counter(map(repr, pq.read_table(report / "matches").to_pylist()))


@pytest.fixture(scope="module")
def undisturbed(corpus):
    """(the rows of a sweep in which nothing is killed, its seconds)."""
    began = time.monotonic()
    process = start(corpus, corpus / "plain")
    _, err = process.communicate(timeout=PATIENCE)
    length = time.monotonic() - began
    found = rows(corpus / "plain")

    assert (process.returncode, err) == (1, "")
    assert len(found[0]) == FILES * (PAGES + 1)
    assert found[1].total() >= 3 * FILES
    return found, length


def test_a_sweep_that_is_killed_and_resumed_has_each_page_once(corpus, undisturbed):
    """What had come of a file whose own row had not is neither lost nor doubled."""
    expected, length = undisturbed
    moments = random.Random(1)
    kills = sweeps = 0
    while kills < KILLS:
        report = corpus / f"killed-{sweeps}"
        for _ in range(DEATHS - 1):  # one more, and a file may be named as the cause
            process = start(corpus, report)
            try:
                process.communicate(timeout=moments.uniform(0, length))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
                kills += 1
        process = start(corpus, report)
        _, err = process.communicate(timeout=PATIENCE)
        sweeps += 1
        assert process.returncode == 1, err
        assert rows(report) == expected


def busy(process, corpus):
    """The workers that have a document open."""
    found = []
    for worker in [pid for child in children(process.pid) for pid in children(child)]:
        try:
            held = [
                os.readlink(f"/proc/{worker}/fd/{each}")
                for each in os.listdir(f"/proc/{worker}/fd")
            ]
        except OSError:
            continue
        if any(path.startswith(f"{corpus}/media") and path.endswith(".tiff") for path in held):
            found.append(worker)
    return found


def test_workers_that_are_killed_cost_no_page_but_one_that_was_hit_twice(corpus, undisturbed):
    """Such a page is named, and no other page of its file is missing."""
    (expected, _), length = undisturbed
    rng = random.Random(2)
    kills = sweeps = 0
    while kills < KILLS:
        report = corpus / f"hit-{sweeps}"
        process = start(corpus, report)
        pause = length * FILES / KILLS / 20
        while process.poll() is None and kills < KILLS:
            if found := busy(process, corpus):
                try:
                    os.kill(rng.choice(found), signal.SIGKILL)
                    kills += 1
                except ProcessLookupError:
                    pass
            time.sleep(rng.uniform(0, pause))
        _, err = process.communicate(timeout=PATIENCE)
        sweeps += 1
        found, _ = rows(report)
        hit = set()
        for (uri, part), row in found.items():
            if part is None:
                for each in row["reasons"]:
                    named = re.match(r"(frame \d+): ", each["detail"] or "")
                    assert (each["stage"], each["reason"]) == ("work", "killed"), each
                    hit.add((uri, named[1] if named else None))

        assert (err, descendants(process.pid)) == ("", [])
        assert len(hit) <= kills // 2
        whole = {uri for uri, part in hit if part is None}
        assert {key for key in expected if key[0] not in whole} - hit <= found.keys()
        assert found.keys() <= expected.keys()
        failed = {uri for uri, _ in hit}
        assert all(found[key] == expected[key] for key in found if key[0] not in failed)
        assert all(found[key] == expected[key] for key in found if key[1] is not None)
