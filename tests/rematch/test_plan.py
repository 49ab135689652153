"""Reports and lists to ready objects."""

import json
import shutil

import pytest

from hashsweep.errors import ListError, ReportError, UsageProblem
from hashsweep.rematch.plan import COMPILED_FROM, MANY_ROWS, build_plan
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import to_json
from hashsweep.sweep.config import ScanConfig
from support.listed import compiled, entry
from support.rematched import draw, rematched, scanned


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A report of drawn files, matched with a list of some of them."""
    folder = tmp_path_factory.mktemp("plan")
    known = compiled(folder, [entry("e", md5=b"m" * 16, pdq=b"\xf0" * 32)])
    return scanned(draw(folder / "media"), folder / "base", lists=(str(known.path),))


@pytest.fixture
def known(tmp_path, base):
    """The list, as it is found again under its name."""
    return str(base.path.parent / "known.hsl")


def plan(reports, changes=None, **options):
    """The plan of a rematch, left at once."""
    named = [str(each.path if isinstance(each, OpenReport) else each) for each in reports]
    with build_plan(named, ScanConfig(**options), changes) as made:
        return made


def test_a_plan_is_accounted_for_as_a_sweep_is(base, known):
    """Sources, disks and options are those of the sweeps, as far as they still mean anything."""
    made = plan([base], lists=(known,), workers=3, max_frames=1)

    assert [each.name for each in made.sources] == base.sweep.sources
    assert list(made.mounts) == base.sweep.mounts
    assert made.options()["max_frames"] == base.sweep.max_frames == 1000
    assert made.options()["changes"] is None
    assert (made.workers, made.in_force()) == (3, ())
    assert [spec.name for spec in made.specs] == ["md5", "pdq"]


def test_each_report_is_read_once(base, known):
    """However often it is named."""
    assert len(plan([base, base], lists=(known,)).pool.reports) == 1


def test_few_rows_are_not_worth_compiling_for(base, known, monkeypatch):
    """From MANY_ROWS rows on, shorter lists are searched by compiled code, too."""
    assert plan([base], lists=(known,)).against.compiled_from is None
    monkeypatch.setattr("hashsweep.rematch.plan.MANY_ROWS", 3)

    assert plan([base], lists=(known,)).against.compiled_from == COMPILED_FROM
    assert MANY_ROWS > 3


def test_lists_keep_their_names_without_changes(base, tmp_path, known):
    """Matches of a list are known again by its name; harmless files have no matches."""
    good = compiled(tmp_path, [entry("g", md5=b"g" * 16)], "good", known_good=True)
    made = plan([base], lists=(known,), known_good=(str(good.path),))

    assert made.against.names == [{"known": "known"}]
    assert made.against.renewed is None


def test_changes_find_the_list_by_what_it_is(base, tmp_path, known):
    """Not by its name: the report may have called it otherwise."""
    new = compiled(tmp_path, [entry("e", md5=b"m" * 16), entry("f", md5=b"f" * 16)], "tuesday")
    made = plan([base], known, lists=(str(new.path),))

    assert made.against.names == [{"known": "tuesday"}]
    assert made.against.renewed.hashes == {"md5": 2}
    assert made.against.old.name == "known"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "give a --list"),
        ({"lists": ("KNOWN", "KNOWN"), "changes": "KNOWN"}, "give only that --list"),
        ({"known_good": ("KNOWN",), "changes": "KNOWN"}, "give only that --list"),
        ({"lists": ("-",), "changes": "-"}, "standard input can be read only once"),
        ({"lists": ("KNOWN",), "confirm": True, "changes": "KNOWN"}, "a different --confirm"),
        ({"lists": ("KNOWN",), "max_distance": (("pdq", 3),), "changes": "KNOWN"},
         "a different --max-distance"),
        ({"lists": ("KNOWN",), "columns": (("hash", "md5"),), "changes": "KNOWN"},
         "a different --map"),
        ({"lists": ("KNOWN",), "categories": ("1", "2"), "changes": "KNOWN"},
         "a different --vics-category"),
        ({"lists": ("KNOWN",), "scheme": "iwf", "changes": "KNOWN"}, "different --category"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_told(base, known, options, told):
    """Before anything is read."""
    named = {
        key: tuple(known if each == "KNOWN" else each for each in value)
        if key in ("lists", "known_good") else value
        for key, value in options.items()
    }  # fmt: skip
    changes = named.pop("changes", None)

    with pytest.raises(UsageProblem, match=told):
        plan([base], known if changes == "KNOWN" else changes, **named)


def test_changes_take_a_list_that_was_read_in_the_same_way(tmp_path, base, known):
    """The same --map and categories as in the report are no reason to refuse."""
    options = {"columns": (("hash", "md5"),), "categories": ("1", "2"), "scheme": "iwf"}
    first = rematched([base], tmp_path / "first", lists=(known,), **options)

    assert plan([first], known, lists=(known,), **options).against.renewed.hashes == {}


def test_changes_of_harmless_files_are_refused(base, tmp_path, known):
    """Such a list has no matches."""
    good = compiled(tmp_path, [entry("g", md5=b"g" * 16)], "good", known_good=True)

    with pytest.raises(ListError, match="harmless"):
        plan([base], str(good.path), lists=(known,))


@pytest.mark.parametrize("name", ["run_id", "started", "options", "lists", "hashes", "sources"])
def test_a_mangled_sweep_json_is_one_line(tmp_path, base, known, name):
    """Whatever of it is missing; what else damage is has its tests with sweep_json."""
    copy = shutil.copytree(base.path, tmp_path / "copy")
    about = to_json(base.sweep)
    del about[name]
    (copy / "sweep.json").write_text(json.dumps(about))

    with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
        plan([copy], lists=(known,))


def test_what_a_rematch_says_it_is_made_of(base, known):
    """Each report as it is now, and the lists of its own that are looked for no more."""
    made = plan([base], lists=(known,)).rematch_fields()
    (each,) = made["rematch_of"]

    assert (each.run_id, each.report, each.state) == (base.sweep.run_id, base.name, "complete")
    assert (each.started, each.ended) == (base.sweep.started, base.sweep.ended)
    assert (each.options, each.hashes) == (base.sweep.options, base.sweep.hashes)
    assert (each.lists, each.not_looked_for, each.unused_hashes) == (["known"], {}, {})
    assert made["observed"] == (base.sweep.started, base.sweep.started)
    assert (made["rematch"].changes, made["rematch"].unfinished) == (None, [])


def test_what_a_rematch_with_changes_says_of_them(base, tmp_path, known):
    """The list as it was, and how many hashes are searched for."""
    new = compiled(tmp_path, [entry("e", md5=b"m" * 16), entry("f", md5=b"f" * 16)], "tuesday")
    changes = plan([base], known, lists=(str(new.path),)).rematch_fields()["rematch"].changes

    assert (changes.old.name, changes.searched) == ("known", {"md5": 2})
