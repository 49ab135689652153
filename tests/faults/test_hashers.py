"""Hashers that go wrong in every way: one file fails, with a reason; all others are scanned.

Through the real command, with a plug-in (faulty_hashers.py): what goes wrong there stands for
any fault of a decoder or of a library.
"""

import hashlib

import pytest
from PIL import Image

from support.drawings import scene
from support.faulty_hashers import FIRST, MARK, SENSIBLE, SIZE, TRAPS
from support.first_reason import first_reason, reason_of

WORK = dict.fromkeys(
    [
        "segfault", "abort", "exit 3", "exit 0", "sigterm", "closes all files",
        "closes all files and goes on", "raises Silent", "raises KeyboardInterrupt",
        "raises SystemExit", "raises GeneratorExit", "raises Odd",
    ], "crashed",
) | {"sigkill": "killed"} | dict.fromkeys(
    ["sigstop", "sleeps", "spins", "holds the interpreter"], "timeout"
)  # fmt: skip
"""Traps that end the worker, or make it be ended."""
ITEM = dict.fromkeys(["asks for much", "eats", "raises MemoryError"], "out-of-memory") | (
    dict.fromkeys(
        ["raises Exception", "raises StopIteration", "raises a group", "raises OSError",
         "raises long lines", "recurses",
         "gives None", "gives a number", "gives text", "gives a list", "gives nothing",
         "gives too little", "gives too much", "gives far too much", "gives lies"],
        "internal",
    )
)  # fmt: skip
"""Traps that cost the item and not the worker."""
FIRST_TRIED = {
    "segfault", "exit 0", "sigterm", "sigkill", "closes all files", "raises KeyboardInterrupt",
    "spins", "asks for much", "raises Exception", "gives lies",
}  # fmt: skip
"""One trap of each kind, alone in a sweep; test_all_traps_at_once_in_pictures tries all."""
HARMLESS = ["talks", "takes signals", "starts threads"]
OTHERS = {f"{number}.txt": f"text {number}".encode() for number in range(12)}
OPTIONS = ("--timeout", "3", "--max-memory", "400M")


def test_every_trap_is_tried():
    """What faulty_hashers.py offers is what is expected of it here."""
    assert {*WORK, *ITEM, *HARMLESS} == set(TRAPS)
    assert set(TRAPS) >= FIRST_TRIED


@pytest.fixture
def field(tmp_path):
    """A folder of files without a trap."""
    folder = tmp_path / "field"
    folder.mkdir()
    for name, content in OTHERS.items():
        (folder / name).write_bytes(content)
    return folder


def are_scanned(rows, names):
    """Whether these files are scanned, with the hashes that they have."""
    for name in names:
        digest = hashlib.blake2b(OTHERS[name], digest_size=SIZE).digest()
        assert (name, rows[name]["status"], rows[name]["trap"]) == (name, "scanned", digest)
    return True


@pytest.mark.parametrize(
    "trap",
    [
        pytest.param(trap, marks=() if trap in FIRST_TRIED else pytest.mark.exhaustive)
        for trap in (*WORK, *ITEM)
    ],
)
def test_one_file_fails_and_no_other(trap, field, plugged, swept):
    """Exit 4, nothing on stderr, one failed row with its reason; all others have their hash."""
    (field / "5 bad").write_bytes(MARK + trap.encode())
    done, rows = swept(field, "--hash", "trap", *OPTIONS, env=plugged)
    bad = rows["5 bad"]

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    stage, reason, detail = first_reason(bad)
    assert (bad["status"], reason) == ("failed", WORK.get(trap) or ITEM[trap])
    assert (stage == "work") == (trap in WORK)
    assert bad["trap"] is None
    assert len(detail) <= 200
    assert rows.keys() == {"5 bad", *OTHERS}
    assert are_scanned(rows, OTHERS)


@pytest.mark.parametrize("trap", HARMLESS)
def test_what_a_hasher_leaves_behind_harms_nobody(trap, field, plugged, swept):
    """Exit 0, nothing on the terminal, and the command ends by itself."""
    (field / "5 bad").write_bytes(MARK + trap.encode())
    done, rows = swept(field, "--hash", "trap", *OPTIONS, env=plugged)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert rows["5 bad"]["trap"] == SENSIBLE
    assert are_scanned(rows, OTHERS)


@pytest.mark.exhaustive
def test_all_traps_at_once_in_pictures(tmp_path, plugged, swept):
    """A folder in which each picture but a few sets off another trap comes to its end."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, trap in enumerate(TRAPS):
        Image.new("L", (FIRST + number, 20)).save(folder / f"{trap}.png")
        Image.new("L", (30, number + 1)).save(folder / f"{trap}.good.png")
    done, rows = swept(folder, "--hash", "picture-trap", *OPTIONS, env=plugged)
    reasons = {name.removesuffix(".png"): reason_of(row) for name, row in rows.items()}
    good = [f"{trap}.good" for trap in TRAPS]

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    assert reasons.pop("sigterm") in ("crashed", "timeout")  # "takes signals" may come before it
    assert reasons.pop("closes all files") in ("crashed", "killed")  # pipes: who notices first
    expected = WORK | ITEM | dict.fromkeys([*good, *HARMLESS])
    assert reasons == {trap: expected[trap] for trap in expected if trap in reasons}
    assert len(reasons) == len(expected) - 2
    assert {row["picture-trap"] for row in rows.values() if not reason_of(row)} == {SENSIBLE}
    assert {row["picture-trap"] for row in rows.values() if reason_of(row)} == {None}


def test_a_page_at_which_something_goes_wrong_costs_that_page(tmp_path, plugged, swept):
    """The pages before and after it are compared, however they were sent; the file has failed."""
    at = {3: "segfault", 70: "spins", 100: "sigkill", 140: "raises Exception"}
    wide = {page: FIRST + [*TRAPS].index(trap) for page, trap in at.items()}
    pages = [scene(page, wide.get(page, 64), 48) for page in range(1, 201)]
    folder = tmp_path / "documents"
    folder.mkdir()
    pages[0].save(
        folder / "pages.tiff", save_all=True, append_images=pages[1:], compression="packbits"
    )
    hashes = ("--hash", "pdq", "--hash", "picture-trap")
    done, parts = swept(folder, *hashes, "--timeout", "3", parts=True, env=plugged)
    own = parts.pop(None)

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    assert [tuple(each.values()) for each in own["reasons"]] == [
        ("work", "crashed", "frame 3: SIGSEGV"),
        ("work", "timeout", "frame 70: over 3 s"),
        ("work", "killed", "frame 100: out of memory, or killed manually"),
        ("hash", "internal", "frame 140: Exception: of a plug-in"),
    ]
    assert parts.keys() == {f"frame {page}" for page in range(2, 201) if page not in at}
    assert {row["picture-trap"] for row in parts.values()} == {SENSIBLE}
