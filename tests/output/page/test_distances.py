"""Distances as the page tells them."""

from hashsweep.analysis.near_misses import WITHIN, Nearest
from hashsweep.output.page.distances import of_matches, of_pictures


def counts(**by):
    """A number for each distance, given as d4=3."""
    return tuple(by.get(f"d{at}", 0) for at in range(WITHIN + 1))


def test_matches_have_a_chart_and_its_numbers():
    """Each distance with what a limit there would find."""
    made = of_matches([0, 0, 5, 0, 1], 4)

    assert 'aria-label="6 matches by the distance of their PDQ, 0 to 4 bits"' in made
    assert '<th scope="row">2</th><td class="n">5</td><td class="n">5</td>' in made
    assert '<th scope="row">4</th><td class="n">1</td><td class="n">6</td>' in made
    assert of_matches([0] * 32, 31) == "<p>No match involves a PDQ.</p>"


def test_near_misses_are_no_matches():
    """They are counted apart, in another colour, and called what they are."""
    found = Nearest(counts(d4=3, d31=1, d32=2, d60=7), counts(), 100, 100, 100, 6, ("known",))
    made = of_pictures(found, 31)

    assert "All 100 different stored PDQs" in made
    assert "within the limit of 31 bits: 4" in made
    assert "near misses (not matches): 9" in made
    assert made.count("<rect") == 4
    assert made.count('class="near"') == 2
    assert '<th scope="row">60</th><td class="n">7</td><td class="n">13</td>' in made


def test_a_sample_is_called_one():
    """With about how many there are."""
    found = Nearest(counts(d40=1), counts(d40=1), 1000, 140, 52_340, 6, ("a", "b"))
    made = of_pictures(found, 31)

    assert "A sample of 1,000 of about 52,340 different stored PDQs" in made
    assert "6 PDQs of a, b" in made
    assert "140 of these 1,000 compared once more" in made


def test_nothing_near_is_said():
    """Instead of an empty chart."""
    made = of_pictures(Nearest(counts(), counts(), 10, 10, 10, 6, ("known",)), 31)

    assert made.count("None is within 63 bits of an entry.") == 2
    assert "<svg" not in made


def test_turned_pictures_have_a_chart_of_their_own():
    """With a key, a table and words for people who cannot see it; other views are said missing."""
    found = Nearest(counts(d4=3), counts(d9=2, d40=5), 10, 10, 10, 6, ("known",))
    stored, turned = of_pictures(found, 31).split("<h4>The same pictures turned</h4>")

    assert 'aria-label="Pictures as stored, by distance: 3 within the limit of 31 bits' in stored
    assert "All of these 10 compared once more" in turned
    assert (
        'aria-label="Pictures turned, by distance: 2 within the limit of 31 bits, 5 near misses '
        'at 32 to 63 bits"' in turned
    )
    assert "within the limit of 31 bits: 2" in turned
    assert "near misses (not matches): 5" in turned
    assert '<th scope="row">40</th><td class="n">5</td><td class="n">7</td>' in turned
    assert "Other views, such as parts of the pictures, are not counted." in turned
