"""The values that options take."""

import click
import pytest

from hashsweep.commands.values import Count, Distance, Real, Share, Size, Whole


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("500000", 500_000), ("1k", 1024), ("20M", 20_971_520), ("20MB", 20_971_520),
        ("20MiB", 20_971_520), (" 2G ", 2_147_483_648), ("1T", 1_099_511_627_776), ("7B", 7),
        (7, 7),
    ],
)  # fmt: skip
def test_a_size_is_in_powers_of_1024(text, size):
    """With or without B or iB, in any case."""
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("500000", 500_000), ("300M", 300_000_000), ("2k", 2000), (" 5 ", 5), (5, 5)],
)
def test_a_count_is_in_thousands(text, number):
    """K and M are decimal, as for megapixels."""
    assert Count().convert(text, None, None) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("pdq=31", ("pdq", 31)), (" PDQ =0", ("pdq", 0)), (("pdq", 31), ("pdq", 31))],
)
def test_a_distance_names_its_algorithm(text, value):
    """In any case."""
    assert Distance().convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Size, text) for text in ("", "much", "1.5G", "-1", "1P", "M", "1 M", "0x10")),
        *((Count, text) for text in ("", "many", "1.5M", "-1", "1G", "K", "1e6")),
        *((Distance, text) for text in ("", "pdq", "pdq=", "pdq=x", "pdq=-1", "31", "pdq=3.1")),
    ],
)
def test_other_values_are_refused_with_what_was_given(kind, text):
    """The message repeats the value and shows one that is right."""
    with pytest.raises(click.BadParameter) as refusal:
        kind().convert(text, None, None)

    assert refusal.value.message.startswith(repr(text))
    assert refusal.value.message.endswith(("20M or 2G", "500000 or 300M", "like pdq=31"))


@pytest.mark.parametrize("text", ["nan", "-NaN"])
def test_what_is_no_number_is_in_no_range(text):
    """No comparison with it holds, also none with a bound."""
    with pytest.raises(click.BadParameter, match="is not a number"):
        Real(min=0).convert(text, None, None)

    assert Real(min=0).convert("0.5", None, None) == 0.5


def test_a_share_is_counted_from_one():
    """The M-th of N; what is a pair already stays one."""
    assert Share().convert(" 2/3 ", None, None) == (2, 3)
    assert Share().convert((2, 3), None, None) == (2, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((text, "does not look like 1/4") for text in ("1", "a/b", "-1/2", "1/2/3", "")),
        *((text, "is not between 1 and 3") for text in ("0/3", "4/3")),
        ("1/0", "is not a number of parts"),
    ],
)
def test_other_shares_are_refused_with_what_is_wrong(text, told):
    """The message shows what one looks like, or the bounds."""
    with pytest.raises(click.BadParameter, match=told):
        Share("I/N", "1/4").convert(text, None, None)


@pytest.mark.parametrize("text", ["two", "1.5", "", "0x10", "1e3"])
def test_a_whole_number_is_digits(text):
    """What is none is called so, whatever the bounds."""
    with pytest.raises(click.BadParameter, match="is not a whole number"):
        Whole(1, 5).convert(text, None, None)
    with pytest.raises(click.BadParameter, match="is not in the range"):
        Whole(1, 5).convert("6", None, None)

    assert Whole(1, 5).convert("5", None, None) == 5


def test_a_word_is_no_number():
    """Rather than no valid range."""
    with pytest.raises(click.BadParameter, match="'x' is not a number"):
        Real(min=0).convert("x", None, None)
