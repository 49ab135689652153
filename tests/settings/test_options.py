"""Values of options from a table and from variables."""

import pytest

from hashsweep.errors import UsageProblem
from hashsweep.settings.files import ConfigFile
from hashsweep.settings.options import Option, check_tables, read_settings, variable_of

OPTIONS = [
    Option("strict", "switch"),
    Option("list", "texts"),
    Option("max-frames", "number"),
    Option("max-memory", "size"),
    Option("key-file", "text"),
]


def read(table=None, **variables):
    """The values of these options of `scan`, without their origin."""
    config = ConfigFile("/c.toml", {"scan": table or {}})
    found = read_settings(config, ("scan",), OPTIONS, variables)
    return {name: each.value for name, each in found.items()}


def test_values_become_what_an_argument_would_be():
    """Numbers are texts, as in an argument; what may be repeated is a list."""
    table = {"strict": True, "list": ["a b"], "max-frames": 8, "max-memory": "2G"}

    assert read(table) == {"strict": True, "list": ["a b"], "max-frames": "8", "max-memory": "2G"}


def test_variables_come_before_the_file():
    """Each as a whole; one that is empty sets nothing."""
    found = read(
        {"list": ["a"], "strict": True, "max-frames": 8},
        HASHSWEEP_SCAN_LIST="b c\nd",
        HASHSWEEP_SCAN_STRICT="no",
        HASHSWEEP_SCAN_MAX_FRAMES="",
    )

    assert found == {"list": ["b c", "d"], "strict": False, "max-frames": "8"}


def test_origins_are_named():
    """The file with its table and key, or the variable."""
    config = ConfigFile("/c.toml", {"scan": {"strict": True, "list": ["a"]}})
    found = read_settings(config, ("scan",), OPTIONS, {"HASHSWEEP_SCAN_LIST": "b"})

    assert found["strict"].origin == "/c.toml [scan] strict"
    assert found["list"].origin == "HASHSWEEP_SCAN_LIST"
    assert variable_of(("report", "show"), "key-file") == "HASHSWEEP_REPORT_SHOW_KEY_FILE"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"strict": 1}, "strict: this has to be true or false"),
        ({"strict": "yes"}, "strict: this has to be true or false"),
        ({"list": "a"}, "list: this has to be an array of texts"),
        ({"list": ["a", 1]}, "list: this has to be an array of texts"),
        ({"max-frames": True}, "max-frames: this has to be a number"),
        ({"max-frames": "8"}, "max-frames: this has to be a number"),
        ({"max-memory": 1.5}, "max-memory: this has to be a number, or a text"),
        ({"key-file": {"a": 1}}, "key-file: this has to be a text"),
        ({"lists": ["a"]}, "lists: there is no such key; did you mean list?"),
        ({"max_frames": 1}, "max_frames: there is no such key; did you mean max-frames?"),
        ({"key-file": "a\0b"}, "key-file: this holds a NUL"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(table, said):
    """The file, the table and the key, and what is wanted."""
    with pytest.raises(UsageProblem) as told:
        read(table)

    assert str(told.value).startswith(f"/c.toml [scan] {said}")


@pytest.mark.parametrize(
    "table",
    [
        {"password": "hunter2"},
        {"report-key": "hunter2"},
        {"key-file": "ab" * 32},
        {"key-file": "-----BEGIN hunter2"},
        {"list": ["https://u:hunter2@example.org/list"]},
        {"list": ["https://example.org/list?sig=hunter2"]},
    ],
)
def test_secrets_are_refused_and_not_repeated(table):
    """Files are read by more people and programs than keys should be."""
    with pytest.raises(UsageProblem) as told:
        read(table)

    assert "hunter2" not in str(told.value)
    assert "abab" not in str(told.value)


def test_a_variable_of_no_option_is_an_error():
    """A typing error would otherwise be a sweep without that option."""
    with pytest.raises(UsageProblem, match="did you mean HASHSWEEP_SCAN_STRICT"):
        read(HASHSWEEP_SCAN_STRIKT="1")
    with pytest.raises(UsageProblem, match="HASHSWEEP_SCAN_STRICT: this has to be 1 or 0"):
        read(HASHSWEEP_SCAN_STRICT="maybe")


def test_variables_of_other_commands_are_left_alone():
    """A machine may have those of several."""
    assert read(HASHSWEEP_REMATCH_STRICT="1", HASHSWEEP_REPORT_KEY="x", HASHSWEEP_DEBUG="1") == {}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"scna": {}}, r"\[scna\]: there is no such table; did you mean \[scan\]\?"),
        ({"list": ["a"]}, r"/c.toml list: keys belong into the table of a command"),
    ],
)
def test_tables_belong_to_commands(tables, said):
    """One that is misspelled is told, whichever command is called."""
    with pytest.raises(UsageProblem, match=said):
        check_tables(ConfigFile("/c.toml", tables), [("scan",), ("check",)])


def test_what_should_be_a_table_is_told():
    """A value in the place of one is no table without keys."""
    with pytest.raises(UsageProblem, match="scan is not a table"):
        read_settings(ConfigFile("/c.toml", {"scan": 1}), ("scan",), OPTIONS, {})
