"""Charts: columns as high as their values."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hashsweep.output.page.charts import Columns, columns


def heights(markup):
    """Of the columns that are drawn."""
    return [float(found) for found in re.findall(r'<rect[^>]* height="([^"]+)"', markup)]


@given(st.lists(st.floats(0, 1e9), max_size=80))
def test_the_highest_value_fills_the_chart_and_nothing_is_not_drawn(values):
    """What is not nothing can be seen, however small."""
    drawn = heights(columns(Columns(values, "", [], "")))

    assert len(drawn) == sum(value > 0 for value in values)
    assert not drawn or (max(drawn), min(drawn) >= 1.5) == (100, True)


def test_who_does_not_see_it_is_told():
    """The chart has a text, and the near ones another colour."""
    made = columns(Columns([1, 2], "One and two", [(0.0, "0"), (0.5, "half"), (1.0, "1")], "2", 1))

    assert 'role="img" aria-label="One and two"' in made
    assert made.count('class="near"') == 1
    assert re.findall(r'text-anchor="(\w+)"', made) == ["start", "middle", "end"]
    assert "highest column: 2" in made
