"""Names that can neither drive a terminal nor be lost."""

import pytest

from hashsweep.safe_text import as_text, is_of_file, printable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/srv/a b/zoë.jpg", "/srv/a b/zoë.jpg"),
        ("C:\\x.jpg", "C:\\x.jpg"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\nb\rc\td\0", "a\\x0ab\\x0dc\\x09d\\x00"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("a\u2066b\u200bc\ufeff", "a\\u2066b\\u200bc\\ufeff"),
        ("bad\udcff\udc80", "bad\\xff\\x80"),
        ("lone\ud800", "lone\\ud800"),
        ("back\\slash\n", "back\\\\slash\\x0a"),
        ("line\u2028end\x85", "line\\u2028end\\x85"),
    ],
)
def test_what_could_drive_a_terminal_is_shown_as_an_escape(name, expected):
    """Control and direction characters stand as escapes; all others stay."""
    assert printable(name) == expected
    assert printable(name).encode()


def test_a_name_in_utf8_is_its_own_text():
    """Nothing is added to a good name, not even to one with a newline."""
    assert as_text("/a\nzoë") == ("/a\nzoë", None)


def test_a_name_that_is_no_utf8_keeps_its_bytes():
    """The text shows the bad bytes; the name itself comes along."""
    assert as_text("/a\udcff.jpg") == ("/a\\xff.jpg", b"/a\xff.jpg")


@pytest.mark.parametrize(
    ("entry_id", "expected"),
    [
        ("/srv/known/1.jpg", True),
        ("known/jane", True),
        ("C:\\known", True),
        ("her name.JPEG", True),
        ("8231507", False),
        ("IWF-12.5-x", False),
        ("line-12", False),
        ("e.", False),
    ],
)
def test_an_entry_is_called_as_a_file_by_its_form(entry_id, expected):
    """A path, or a name with an extension."""
    assert is_of_file(entry_id) == expected
