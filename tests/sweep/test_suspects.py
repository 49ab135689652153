"""What is kept back after a death, what is named, and what is noted meanwhile."""

from types import SimpleNamespace

import pytest

from hashsweep.model import Item
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import ReportFolder
from hashsweep.report.in_hand import IN_HAND, InHand, Suspicion, Traces, head_of, read_traces
from hashsweep.sweep.suspects import Suspects, hide_by

ITEMS = [Item(f"/{number}") for number in range(6)]


@pytest.fixture
def report(tmp_path):
    """A report folder."""
    with ReportFolder(tmp_path / "report") as folder:
        yield folder


def died(report, suspects, *in_hand, state="running"):
    """What follows a run that left this behind."""
    by_id = {ITEMS[number].item_id: Suspicion(*each) for number, each in suspects.items()}
    (report.path / IN_HAND).write_bytes(head_of(by_id))
    noted = InHand(report.path / IN_HAND)
    noted.take([ITEMS[number].item_id for number in in_hand])
    noted.close()
    return Suspects(report, SimpleNamespace(state=state), bytes)


def in_hand(report):
    """What is noted now, as numbers of items."""
    found = read_traces(report.path / IN_HAND).in_hand
    return [number for number, item in enumerate(ITEMS) if item.item_id in found]


def test_a_batch_is_in_hand_until_each_of_its_items_has_an_answer(report):
    """Answers may come in any order."""
    suspects = Suspects(report, None, bytes)
    suspects.begin()
    batches = suspects.watch([ITEMS[:2], ITEMS[2:3]])
    seen = [in_hand(report)]
    for _ in range(2):
        next(batches)
        seen.append(in_hand(report))
    for number in (1, 2, 0):
        suspects.answer([ITEMS[number]])
        seen.append(in_hand(report))

    assert seen == [[], [0, 1], [0, 1, 2], [0, 1, 2], [0, 1], []]


def test_what_was_in_hand_at_a_death_is_kept_back_and_comes_alone(report):
    """The most suspicious last; rows are saved before the first, and before those."""
    suspects = died(report, {4: (2, 1), 3: (1, 0)}, 1, 2)
    suspects.begin()
    sifted = [suspects.sift(item) for item in ITEMS]
    saved, order = [], []
    alone = suspects.one_by_one(lambda: saved.append(len(order)))
    for batch in alone:
        if order and not batch:
            alone.answer()
            suspects.answer([order[-1]])
            continue
        order += batch
        assert in_hand(report) == [ITEMS.index(batch[0])]

    assert sifted == [ITEMS[0], None, None, None, None, ITEMS[5]]
    assert order == [ITEMS[1], ITEMS[2], ITEMS[3], ITEMS[4]]
    assert saved == [0, 3]
    assert (suspects.was_killed, alone.waits_for()) == (True, [])


def test_an_item_is_named_at_the_third_death_the_last_two_alone(report):
    """Neither two deaths nor company suffice."""
    suspects = died(report, {0: (2, 1), 1: (3, 0), 2: (2, 2)}, 0)
    failures = [each and each.failure for each in map(suspects.sift, ITEMS[:3])]

    assert (failures[0].stage, failures[0].reason) == ("work", "sweep-killed")
    assert failures[0].detail == "the sweep was killed 3 times while it was in hand"
    assert failures[1:] == [None, None]
    assert suspects.held == ITEMS[1:3]


def test_a_run_that_was_told_to_end_is_no_death(report):
    """Earlier suspects stay suspects, by as many deaths as before."""
    suspects = died(report, {0: (1, 1)}, state="interrupted")
    suspects.begin()
    suspects.sift(ITEMS[0])
    list(suspects.watch([ITEMS[1:]]))
    suspects.end()

    assert (suspects.held, suspects.was_killed) == ([ITEMS[0]], False)
    assert read_traces(report.path / IN_HAND) == Traces({ITEMS[0].item_id: Suspicion(1, 1)})


def test_a_sweep_that_is_complete_leaves_no_note(report):
    """Nor does one whose report lasts no longer than itself ever make one."""
    suspects = Suspects(report, None, bytes)
    suspects.begin()
    was_there = (report.path / IN_HAND).stat().st_mode & 0o777
    suspects.end()
    suspects.forget()
    is_there = (report.path / IN_HAND).exists()
    report.is_lasting = False
    fleeting = Suspects(report, None, bytes)
    fleeting.begin()
    list(fleeting.watch([ITEMS]))
    fleeting.answer([ITEMS[0]])
    fleeting.end()
    fleeting.forget()

    assert (was_there, is_there, (report.path / IN_HAND).exists()) == (0o600, False, False)


def test_ids_in_an_encrypted_report_say_nothing_without_its_key():
    """Whoever has none cannot test names; with another report or key they are others."""
    first, second = bytes(32), bytes([1]) * 32
    item_id = ITEMS[0].item_id

    def hidden(key, name, report):
        sweep = SimpleNamespace(encrypted=name, sealed_as=report)
        return hide_by(Keys({"a": key, "b": second}), sweep)(item_id)

    found = {
        hidden(first, "a", "00"), hidden(first, "a", "01"), hidden(first, "b", "00"), item_id,
    }  # fmt: skip
    assert len(found) == 4
    assert {len(each) for each in found} == {16}
    assert hidden(first, "a", "00") == hidden(first, "a", "00")
    assert hide_by(None, SimpleNamespace(encrypted=None, sealed_as=None))(item_id) == item_id
