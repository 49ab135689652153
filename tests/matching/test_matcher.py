"""Records against lists."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.hashers import HASHERS
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.kinds import BITS
from hashsweep.matching import matcher as matcher_module
from hashsweep.matching import mih
from hashsweep.matching.distance import distance
from hashsweep.matching.matcher import Matcher
from hashsweep.matching.mih import MihIndex
from hashsweep.matching.queries import of_records
from hashsweep.model import Entry, HashSpec, Item, Match, Record
from hashsweep.variants import AS_IS, TURNS, VARIANTS, View
from support.listed import compiled, entry
from support.planted import flipped, random_hashes

SPECS = {name: HASHERS.load(name).spec for name in ("md5", "sha256", "pdq", "phash", "dhash")}


def value(seed, size):
    """One random hash."""
    return random_hashes(seed, 1, size).tobytes()


def away(hashed, bits):
    """A hash so many bits away from another."""
    return flipped(np.frombuffer(hashed, np.uint8)[None, :], bits).tobytes()


def matched(lists, *records, **options):
    """The matches of each record given by its hashes; pdq_quality is 100 unless given."""
    made = []
    for number, hashes in enumerate(records):
        quality = hashes.pop("quality", 100)
        made.append(Record(Item(f"/{number}"), hashes=hashes, pdq_quality=quality))
    Matcher(lists, SPECS, options.pop("max_distance", {}), **options).match(made)
    return [record.matches for record in made]


PDQ, OTHER = value(1, 32), value(2, 32)
PHASH, DHASH = value(3, 8), value(4, 8)
MD5, SHA256 = hashlib.md5(b"x").digest(), hashlib.sha256(b"x").digest()


def test_a_match_tells_all_about_its_entry(tmp_path):
    """What the report holds of a match, field by field."""
    known = compiled(tmp_path, [entry("a"), entry("b", "A1", ("x", "y"), pdq=PDQ)], "ngo")
    ((match,),) = matched([known], {"pdq": away(PDQ, 12)})

    assert match == Match("pdq", 12, "ngo", "b", "A1", ("x", "y"), "near", (("pdq", 12),))


@pytest.mark.parametrize(("bits", "found"), [(0, 1), (31, 1), (32, 0)])
def test_the_default_distance_is_the_hashers(tmp_path, bits, found):
    """PDQ matches up to 31 bits, inclusive."""
    (matches,) = matched([compiled(tmp_path, [entry(pdq=PDQ)])], {"pdq": away(PDQ, bits)})

    assert len(matches) == found


@pytest.mark.parametrize(("limit", "found"), [(4, 0), (5, 1), (40, 1)])
def test_a_distance_of_the_users_overrides_it(tmp_path, limit, found):
    """Stricter or wider, inclusive; other algorithms keep their own."""
    known = compiled(tmp_path, [entry("near", pdq=PDQ), entry("same", md5=MD5)])
    (matches,) = matched([known], {"pdq": away(PDQ, 5), "md5": MD5}, max_distance={"pdq": limit})

    assert [match.entry_id for match in matches] == ["near", "same"][1 - found :]


@pytest.mark.parametrize(
    ("ours", "theirs", "limit"),
    [(50, 50, 31), (100, None, 31), (None, 100, 31), (None, None, 31),
     (49, 50, 22), (50, 49, 22), (49, None, 22), (None, 49, 22), (10, 10, 22), (100, 10, 22),
     (5, 50, 22), (5, None, 22), (4, 100, None), (5, 49, None), (9, 10, None), (100, 9, None),
     (0, 0, None), (0, 100, None), (100, 0, None)],
)  # fmt: skip
def test_the_distance_depends_on_both_qualities(tmp_path, ours, theirs, limit):
    """Below 50 on either side it is 22 bits; below 10, or for the file 5, nothing matches."""
    known = compiled(tmp_path, [entry(pdq=PDQ, quality=theirs)])
    asked = [{"pdq": away(PDQ, bits), "quality": ours} for bits in (0, 22, 23, 31, 32)]
    found = [[match.distance for match in matches] for matches in matched([known], *asked)]

    assert found == [
        [bits] if limit is not None and bits <= limit else [] for bits in (0, 22, 23, 31, 32)
    ]


@pytest.mark.parametrize(("ours", "theirs"), [(49, 100), (100, 49), (20, 30), (5, None)])
def test_a_match_in_spite_of_low_quality_is_altered(tmp_path, ours, theirs):
    """At any distance, since plain pictures look alike; a digest that agrees weighs more."""
    known = compiled(tmp_path, [entry(pdq=PDQ, sha256=SHA256, quality=theirs)])
    asked = {"pdq": away(PDQ, 3)}
    (plain,), (both,) = matched(
        [known], asked | {"quality": ours}, asked | {"sha256": SHA256, "quality": ours}
    )

    assert (plain.tier, plain.distance, plain.variant) == ("altered", 3, AS_IS)
    assert (both.tier, both.algorithm) == ("exact", "sha256")


@pytest.mark.parametrize(("limit", "bits"), [(4, 4), (60, 22)])
def test_a_smaller_distance_of_the_users_holds_for_plain_pictures_too(tmp_path, limit, bits):
    """A larger one does not: those were never compared at more than 22 bits."""
    known = compiled(tmp_path, [entry(pdq=PDQ)])
    asked = [{"pdq": away(PDQ, at), "quality": 30} for at in (bits, bits + 1)]
    found = matched([known], *asked, max_distance={"pdq": limit})

    assert [len(matches) for matches in found] == [1, 0]


QUALITY = st.sampled_from([0, 4, 5, 9, 10, 49, 50, 100, None])


@given(
    ours=st.lists(st.tuples(QUALITY, st.integers(0, 40), st.sampled_from([AS_IS, *TURNS]))),
    theirs=st.lists(QUALITY, min_size=1, max_size=6),
    limit=st.sampled_from([0, 20, 31, 60]),
)
def test_matches_are_what_the_rule_says_of_each_pair(tmp_path_factory, ours, theirs, limit):
    """Every query with every entry, by the rule in words; only the nearest view of a record."""
    known = compiled(
        tmp_path_factory.mktemp("l"),
        [entry(str(n), pdq=away(PDQ, n), quality=quality) for n, quality in enumerate(theirs)],
    )
    records, expected = [], []
    for number, (quality, bits, variant) in enumerate(ours):
        hashed = away(PDQ, bits)
        views = {variant: View(hashed, quality)} if variant != AS_IS else {}
        own = {"pdq": OTHER if views else hashed}
        records.append(Record(Item(f"/{number}"), hashes=own, views=views, pdq_quality=quality))
        for at, listed in enumerate(theirs):
            file, listing = (100 if each is None else each for each in (quality, listed))
            apart = distance(hashed, away(PDQ, at))
            is_good = file >= 50 and listing >= 50
            is_plain = (file >= 10 and listing >= 10) or (listing >= 50 and file >= 5)
            if (is_good and apart <= limit) or (is_plain and apart <= min(limit, 22)):
                expected.append((number, str(at), apart, variant, is_good))
    Matcher([known], SPECS, {"pdq": limit}).match(records)

    assert [
        (number, match.entry_id, match.distance, match.variant, match.tier != "altered")
        for number, record in enumerate(records)
        for match in record.matches
    ] == expected


def test_low_quality_of_pdq_leaves_other_hashes_alone(tmp_path):
    """A flat picture still matches by its digest and by other hashes."""
    known = compiled(tmp_path, [entry(pdq=PDQ, sha256=SHA256, phash=PHASH, quality=9)])
    ((match,),) = matched(
        [known], {"pdq": PDQ, "sha256": SHA256, "phash": away(PHASH, 2), "quality": 9}
    )

    assert match.evidence == (("sha256", 0), ("phash", 2))


def test_evidence_is_one_match_strongest_first(tmp_path):
    """Several hashes of one entry that agree are one match, told by the strongest."""
    hashes = {"phash": PHASH, "dhash": DHASH, "md5": MD5, "pdq": PDQ, "sha256": SHA256}
    known = compiled(tmp_path, [entry(**hashes)])
    asked = {"dhash": DHASH, "phash": away(PHASH, 3), "pdq": away(PDQ, 20), "md5": MD5}
    ((without,), (match,)) = matched([known], asked, asked | {"sha256": SHA256})

    assert without.evidence[0] == ("md5", 0)
    assert without.tier == "exact-md5"
    assert (match.algorithm, match.distance, match.tier) == ("sha256", 0, "exact")
    assert match.evidence[:3] == (("sha256", 0), ("md5", 0), ("pdq", 20))
    assert dict(match.evidence[3:]) == {"phash": 3, "dhash": 0}


def test_one_entry_by_two_hashes_of_a_kind(tmp_path):
    """An entry that lists two near versions matches once, at the smaller distance."""
    known = compiled(tmp_path, [entry(pdq=PDQ)])
    both = Entry("two", (("pdq", away(PDQ, 20)), ("pdq", away(PDQ, 4))))
    ((first, second),) = matched([known, compiled(tmp_path, [both], "more")], {"pdq": PDQ})

    assert (first.list_name, first.distance) == ("known", 0)
    assert (second.list_name, second.evidence) == ("more", (("pdq", 4),))


def test_every_entry_and_every_list_is_told(tmp_path):
    """The same content on several entries and lists gives a match for each, lists in order."""
    one = compiled(tmp_path, [entry("a", md5=MD5), entry("b", md5=MD5)], "one")
    two = compiled(tmp_path, [entry("c", pdq=PDQ), entry("d", md5=MD5)], "two")
    (matches,) = matched([one, two], {"md5": MD5, "pdq": PDQ})

    assert [(match.list_name, match.entry_id) for match in matches] == [
        ("one", "a"), ("one", "b"), ("two", "c"), ("two", "d"),
    ]  # fmt: skip


def test_records_of_a_batch_get_their_own_matches(tmp_path):
    """Records without the hash, or without any, stand between those that have it."""
    known = compiled(tmp_path, [entry("a", md5=MD5), entry("b", pdq=PDQ)])
    found = matched(
        [known], {}, {"pdq": PDQ}, {"md5": b"0" * 16}, {"pdq": OTHER, "quality": 10}, {"md5": MD5}
    )

    assert [[match.entry_id for match in each] for each in found] == [[], ["b"], [], [], ["a"]]


def test_no_list_and_no_record(tmp_path):
    """Nothing to match is no error."""
    assert matched([], {"md5": MD5}) == [[]]
    assert matched([compiled(tmp_path, [entry(md5=MD5)])]) == []


def test_hash_kinds_that_are_not_computed_are_passed_over(tmp_path):
    """A list may hold more than this sweep asks for."""
    known = compiled(tmp_path, [entry(md5=MD5, whash=PHASH, sha1=b"1" * 20)])

    assert [match.algorithm for match in matched([known], {"md5": MD5})[0]] == ["md5"]


@pytest.mark.parametrize(
    ("hashes", "found"),
    [
        ({"phash": PHASH}, 0),
        ({"phash": PHASH, "dhash": away(DHASH, 2)}, 1),
        ({"phash": PHASH, "dhash": away(DHASH, 30)}, 0),
        ({"phash": PHASH, "pdq": away(PDQ, 31)}, 1),
        ({"phash": PHASH, "pdq": OTHER}, 0),
        ({"pdq": PDQ}, 1),
        ({"md5": MD5}, 1),
    ],
)
def test_confirm_asks_for_a_second_hash(tmp_path, hashes, found):
    """A 64-bit hash alone does not count then; PDQ and digests do."""
    known = compiled(tmp_path, [entry(phash=PHASH, dhash=DHASH, pdq=PDQ, md5=MD5)])

    assert len(matched([known], dict(hashes))[0]) == 1
    assert len(matched([known], dict(hashes), confirm=True)[0]) == found


def test_the_second_hash_must_be_of_the_same_entry(tmp_path):
    """Two entries with a weak match each do not confirm one another."""
    known = compiled(tmp_path, [entry("a", phash=PHASH), entry("b", dhash=DHASH)])

    assert matched([known], {"phash": PHASH, "dhash": DHASH}, confirm=True) == [[]]


@pytest.mark.parametrize(
    ("agreeing", "word"), [({}, "near"), ({"phash": PHASH}, "close"), ({"dhash": DHASH}, "close")]
)
def test_hashes_of_one_entry_that_agree_raise_its_tier(tmp_path, agreeing, word):
    """Both stand in the evidence, the strongest first."""
    known = compiled(tmp_path, [entry(pdq=PDQ, phash=PHASH, dhash=DHASH), entry("b", pdq=OTHER)])
    ((match,),) = matched([known], {"pdq": away(PDQ, 15), **agreeing})

    assert (match.algorithm, match.distance, match.tier) == ("pdq", 15, word)
    assert len(match.evidence) == 1 + len(agreeing)


FORGED = value(9, 32)


@pytest.mark.parametrize(
    ("listed", "ours", "word"),
    [
        ({"md5": [MD5], "sha256": [SHA256]}, {"sha256": FORGED}, "collision"),
        ({"md5": [MD5], "sha256": [SHA256]}, {"sha256": SHA256}, "exact"),
        ({"md5": [MD5], "sha256": [SHA256]}, {}, "exact-md5"),
        ({"md5": [MD5]}, {"sha256": FORGED}, "exact-md5"),
        ({"md5": [MD5], "sha256": [SHA256, OTHER]}, {"sha256": FORGED}, "exact-md5"),
        ({"md5": [MD5, OTHER[:16]], "sha256": [SHA256]}, {"sha256": FORGED}, "exact-md5"),
        ({"md5": [MD5, OTHER[:16]], "sha256": [SHA256, OTHER]}, {"sha256": FORGED}, "collision"),
        ({"md5": [MD5, OTHER[:16]], "sha256": [SHA256, FORGED]}, {"sha256": FORGED}, "exact"),
    ],
)
def test_an_md5_that_the_entry_contradicts_is_a_collision(tmp_path, listed, ours, word):
    """Only if each file of the entry has a SHA-256; the match is told all the same."""
    hashes = tuple((name, each) for name, several in listed.items() for each in several)
    others = [entry("other", sha256=value(7, 32)), entry("twin", md5=MD5)]
    (matches,) = matched(
        [compiled(tmp_path, [Entry("e", hashes), *others])], {"md5": MD5, **ours}, {"md5": PDQ[:16]}
    )[:1]

    assert [(match.entry_id, match.tier) for match in matches] == [
        ("e", word), ("twin", "exact-md5"),
    ]  # fmt: skip


def test_a_picture_that_agrees_outweighs_a_contradicted_md5(tmp_path):
    """The match is told by PDQ; the MD5 comes last in the evidence."""
    known = compiled(tmp_path, [entry(md5=MD5, sha256=SHA256, pdq=PDQ)])
    ((match,),) = matched([known], {"md5": MD5, "sha256": FORGED, "pdq": away(PDQ, 2)})

    assert (match.algorithm, match.distance, match.tier) == ("pdq", 2, "close")
    assert match.evidence == (("pdq", 2), ("md5", 0))


def test_contradictions_stay_within_their_list_and_record(tmp_path):
    """Another list, or another file of the batch, says nothing about this one."""
    one = compiled(tmp_path, [entry(md5=MD5, sha256=SHA256)], "one")
    two = compiled(tmp_path, [entry(md5=MD5), entry("b", sha256=OTHER)], "two")
    first, second = matched(
        [one, two], {"md5": MD5, "sha256": FORGED}, {"md5": MD5, "sha256": SHA256}
    )

    assert [match.tier for match in first] == ["collision", "exact-md5"]
    assert [match.tier for match in second] == ["exact", "exact-md5"]


def test_long_lists_are_searched_by_their_index(tmp_path):
    """From SMALLEST hashes the list brings its index along; the matches are the same."""
    hashes = random_hashes(1, mih.SMALLEST, 32)
    long = compiled(tmp_path, [entry(str(n), pdq=h.tobytes()) for n, h in enumerate(hashes)])
    short = compiled(
        tmp_path, [entry(str(n), pdq=h.tobytes()) for n, h in enumerate(hashes[:-1])], "short"
    )
    queries = flipped(hashes[:200], 31)
    found = matched([long, short], *({"pdq": query.tobytes()} for query in queries))
    kinds = [type(target.index) for target in Matcher([long, short], SPECS, {})._targets]

    assert [kind is MihIndex for kind in kinds] == [True, False]
    assert [[(m.list_name, m.entry_id, m.distance) for m in each] for each in found] == [
        [("known", str(n), 31), ("short", str(n), 31)] for n in range(200)
    ]


def test_a_perceptual_hash_of_an_odd_length_is_matched(tmp_path, monkeypatch):
    """A plug-in's 72 bits are compared up to its distance, inclusive, and are a weak tier."""
    monkeypatch.setattr(known_hashes, "known_bits", lambda: BITS | {"tall": 72})
    monkeypatch.setattr(mih, "SMALLEST", 2)
    spec = HashSpec("tall", "1", 72, "hamming", "picture", 6, "tests", 1)
    tall = value(5, 9)
    known = compiled(tmp_path, [entry("a", tall=tall), entry("b", tall=value(6, 9))])
    records = [Record(Item("/"), hashes={"tall": away(tall, bits)}) for bits in (0, 6, 7)]
    Matcher([known], {"tall": spec}, {}).match(records)

    assert [[(m.entry_id, m.distance, m.tier) for m in each.matches] for each in records] == [
        [("a", 0, "weak")], [("a", 6, "weak")], [],
    ]  # fmt: skip


def as_asked(*records):
    """The same question as columns."""
    made = [Record(Item(f"/{n}"), hashes=hashes) for n, hashes in enumerate(records)]
    return {name: of_records(name, spec.bits // 8, made) for name, spec in SPECS.items()}


def test_columns_of_hashes_are_matched_as_records_are(tmp_path):
    """`find` tells the record beside each match, records in order."""
    known = compiled(tmp_path, [entry("a", md5=MD5), entry("b", pdq=PDQ, phash=PHASH)])
    asked = [{"pdq": away(PDQ, 4), "phash": PHASH}, {}, {"md5": MD5, "pdq": OTHER}]
    found = list(Matcher([known], SPECS, {}).find(as_asked(*asked)))

    assert [record for record, _ in found] == [0, 2]
    assert [[match] for _, match in found] == [m for m in matched([known], *asked) if m]


def test_touched_says_whether_any_hash_is_near(tmp_path):
    """Also a weak one alone, whatever confirms it."""
    known = compiled(tmp_path, [entry("a", phash=PHASH, dhash=DHASH)])
    matcher = Matcher([known], SPECS, {}, confirm=True)
    asked = as_asked({"phash": PHASH}, {"dhash": away(DHASH, 40)}, {"phash": PHASH, "dhash": DHASH})

    assert matcher.find_near(asked, 3).tolist() == [True, False, True]


def test_named_tells_the_first_list_and_whether_it_is_sure(tmp_path):
    """An MD5 names a file and is not sure; lists that cannot be searched have no number."""
    useless = compiled(tmp_path, [entry("u", sha1=b"1" * 20)], "useless")
    by_md5 = compiled(tmp_path, [entry("a", md5=MD5)], "by-md5")
    by_sha = compiled(tmp_path, [entry("b", sha256=SHA256)], "by-sha")
    matcher = Matcher([useless, by_md5, by_sha], SPECS, {})
    asked = as_asked({"md5": MD5}, {"sha256": SHA256}, {}, {"md5": MD5, "sha256": SHA256})
    first, sure = matcher.find_naming_list(asked, 4)

    assert matcher.names == ("by-md5", "by-sha")
    assert first.tolist() == [0, 1, -1, 0]
    assert sure.tolist() == [False, True, False, True]


def test_an_entry_matches_once_by_the_nearest_view(tmp_path):
    """Of all turns the smallest distance counts; at a tie the picture as it is stored."""
    listed = compiled(tmp_path, [entry("e", pdq=value(1, 32))])
    near, far, other = (away(value(1, 32), bits) for bits in (4, 20, 128))
    records = [
        Record(
            Item("/turned"),
            hashes={"pdq": other},
            views={"rotated-90": View(near, 100), "flipped": View(far, 100)},
        ),
        Record(Item("/tie"), hashes={"pdq": near}, views={"mirrored": View(near, 100)}),
        Record(Item("/plain"), hashes={"pdq": far}, views={"transverse": View(other, 100)}),
    ]
    for record in records:
        record.pdq_quality = 100
    Matcher([listed], SPECS, {}).match(records)

    assert [[(m.variant, m.distance, m.tier) for m in record.matches] for record in records] == [
        [("rotated-90", 4, "close")],
        [("as-is", 4, "close")],
        [("as-is", 20, "near")],
    ]


@pytest.fixture
def flipped_is_a_part(monkeypatch):
    """Treats the variant `flipped` as if it showed a part of the picture."""
    marks = np.array([name == "flipped" for name in VARIANTS])
    monkeypatch.setattr(matcher_module, "_ALTERED", marks)


def seen_with(pdq, quality=100, **views):
    """A record with a PDQ and views of it as (PDQ, quality)."""
    views = {name: View(*view) for name, view in views.items()}
    return Record(Item("/a"), hashes={"pdq": pdq}, views=views, pdq_quality=quality)


@pytest.mark.usefixtures("flipped_is_a_part")
def test_a_part_counts_only_where_the_whole_picture_does_not_match(tmp_path):
    """However near it is; then its tier is `altered`, whatever the distance."""
    listed = compiled(tmp_path, [entry("e", pdq=PDQ)])
    records = [
        seen_with(away(PDQ, 31), flipped=(PDQ, 100)),
        seen_with(OTHER, flipped=(PDQ, 100), mirrored=(away(PDQ, 31), 100)),
        seen_with(away(PDQ, 32), flipped=(PDQ, 100)),
        seen_with(away(PDQ, 32), flipped=(away(PDQ, 31), 100)),
    ]
    Matcher([listed], SPECS, {}).match(records)

    assert [[(m.variant, m.distance, m.tier) for m in record.matches] for record in records] == [
        [("as-is", 31, "far")],
        [("mirrored", 31, "far")],
        [("flipped", 0, "altered")],
        [("flipped", 31, "altered")],
    ]


@pytest.mark.usefixtures("flipped_is_a_part")
@pytest.mark.parametrize(("ours", "theirs", "found"), [(50, 50, 1), (49, 100, 0), (100, 49, 0)])
def test_plain_parts_are_not_compared(tmp_path, ours, theirs, found):
    """Each view has a quality of its own: a corner of any picture may be plain."""
    listed = compiled(tmp_path, [entry("e", pdq=PDQ, quality=theirs)])
    record = seen_with(OTHER, flipped=(PDQ, ours))
    Matcher([listed], SPECS, {}).match([record])

    assert len(record.matches) == found


@pytest.mark.usefixtures("flipped_is_a_part")
def test_plain_and_nearer_loses_against_the_whole_picture(tmp_path):
    """An entry with two hashes, one of them plain, matches by the one that weighs more."""
    one = [entry("e", pdq=PDQ, quality=20)], [entry("e", pdq=away(PDQ, 25), quality=90)]
    for number, entries in enumerate(one):
        known = compiled(tmp_path, entries, str(number))
        record = seen_with(PDQ)
        Matcher([known], SPECS, {}).match([record])
        assert [match.tier for match in record.matches] == [("altered", "far")[number]]
