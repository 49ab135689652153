"""The table of a named sweep, and what is refused in one."""

import re

import pytest

from hashsweep.errors import UsageProblem
from hashsweep.runs import named
from hashsweep.settings.files import ConfigFile
from hashsweep.settings.options import Setting

GOOD = {"sources": ["/srv"], "reports": "/var/lib/nights"}


def build(**values):
    """Build a sweep of these values; `_` in names stands for `-`."""
    keys = {key.replace("_", "-"): value for key, value in (GOOD | values).items()}
    settings = {key: Setting(each, f"f {key}") for key, each in keys.items() if each is not None}
    return named.build_named("nightly", "f [sweep.nightly]", settings)


def test_a_table_becomes_a_sweep():
    """Numbers are counted, 0 where there are none."""
    found = build(notify=["/usr/bin/mail", "a@b"], keep_daily="14")

    assert build(sources=["s3://bucket/2026"]).sources == ("s3://bucket/2026",)
    assert (found.sources, str(found.reports)) == (("/srv",), "/var/lib/nights")
    assert (found.notify, found.keep_daily, found.keep_monthly) == (("/usr/bin/mail", "a@b"), 14, 0)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"sources": None}, "it has no `sources` and no `manifest`"),
        ({"reports": None}, "it has no `reports`"),
        ({"reports": "s3://bucket/nights"}, "go into a folder here"),
        ({"reports": "nights"}, "f reports: write the whole path, from /, not nights"),
        ({"sources": ["/srv", "media"]}, "f sources: write the whole path, from /, not media"),
        ({"reports": "/srv/nights"}, "the folder lies in the source /srv"),
        ({"keep_daily": "0"}, "a whole number from 1"),
        ({"keep_monthly": "1.5"}, "a whole number from 1"),
        ({"notify": ["mail"]}, "with its whole path"),
    ],
)
def test_what_no_sweep_can_have_is_refused(values, why):
    """With the place that says so."""
    with pytest.raises(UsageProblem, match=re.escape(why)):
        build(**values)


@pytest.mark.parametrize("key", named.NOT_SET)
def test_what_a_run_decides_itself_is_refused(key):
    """With the reason."""
    with pytest.raises(UsageProblem, match=re.escape(named.NOT_SET[key])):
        named.refuse_unfit({key: Setting("x", "f [sweep.nightly] x")})


def test_names_are_tables_and_plain_words():
    """A key beside them is none; a name cannot lead out of a folder."""
    assert named.names_of(ConfigFile("f", {"sweep": {"nightly": {}, "b-2": {}}})) == [
        "nightly", "b-2",
    ]  # fmt: skip
    assert named.names_of(ConfigFile("f", {"scan": {}})) == []
    for tables in ({"nightly": 1}, {"../x": {}}, {"": {}}, {"A": {}}):
        with pytest.raises(UsageProblem, match=r"a sweep has a table|a name consists of"):
            named.names_of(ConfigFile("f", {"sweep": tables}))


def test_an_unknown_name_is_told_with_those_that_are_known():
    """And where there is no file, or no sweep, with what helps."""
    config = ConfigFile("/etc/f.toml", {"sweep": {"nightly": {}}})

    named.check_name(config, "nightly")
    with pytest.raises(UsageProblem, match="no sweep weekly: it has nightly"):
        named.check_name(config, "weekly")
    with pytest.raises(UsageProblem, match=r"write a table \[sweep.weekly\]"):
        named.check_name(ConfigFile("/etc/f.toml", {}), "weekly")
    with pytest.raises(UsageProblem, match="there is no configuration file"):
        named.check_name(ConfigFile(), "weekly")
