"""The page of `hashsweep report html` in a real browser."""

import csv
from collections import Counter
from contextlib import contextmanager
from functools import partial

import pytest

from hashsweep.analysis.decisions import Decisions
from hashsweep.model import TIERS, Failure, Item, Record
from hashsweep.safe_text import as_text, printable
from support import browser
from support.commands import run_here
from support.reports import match, matched, record
from support.reports import write_many as made

pytestmark = pytest.mark.chromium

MANY = 50_000
HARD = (
    "/srv/</script><script>document.title='owned'</script>.jpg",
    "/srv/<!--<script>.jpg",
    "/srv/\"'`&amp;&lt;{{DATA}}.jpg",
    "/srv/gpj.\u202eexe.jpg",
    "/srv/\udcff\udcfe.jpg",
    "/srv/line\nfeed\u2028\t\x1b[31m.jpg",
    "/srv/two  spaces  .jpg",
    "/srv/\u05d0\u05d1\u05d2 caf\u00e9 \U0001f642.jpg",
    "/srv/back\\slash.jpg",
    "/srv/" + "x" * 5_000 + ".jpg",
)
EXACT = [printable(as_text(name)[0]) for name in HARD]


@pytest.fixture(scope="module")
def chromium():
    """The browser, for the tests of this module."""
    with browser.running() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the pages of this module are."""
    return tmp_path_factory.mktemp("pages")


def written(folder, name, *records, **about):
    """The page of reports of these records."""
    reports = [made(folder / f"{name}-{n}", each, **about) for n, each in enumerate(records)]
    path = folder / f"{name}.html"
    assert run_here("report", "html", *reports, "-o", path).returncode == 0
    return path


@pytest.fixture(scope="module")
def hard(folder):
    """A page of names that do their worst."""
    return written(folder, "hard", (matched(n, name) for n, name in enumerate(HARD)))


@pytest.fixture(scope="module")
def many(folder):
    """A page of 50,000 matches."""
    return written(folder, "many", map(matched, range(MANY)))


@pytest.fixture(scope="module")
def few(folder):
    """A page of 30 matches, all of which are drawn at once."""
    return written(folder, "few", map(matched, range(30)))


@pytest.fixture
def opened(chromium):
    """A function that opens a page; nothing it does may be an error or ask for anything."""

    @contextmanager
    def opening(path, width=1280, **options):
        wrong, asked = [], []
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        yield page
        context.close()

        assert wrong == []
        assert asked == [path.as_uri()]

    return opening


def column(page, key):
    """The texts of one column of the rows that are drawn."""
    at = page.evaluate(
        "key => [...document.querySelectorAll('#table thead th')]"
        ".findIndex(head => head.dataset.key === key)",
        key,
    )
    cells = page.locator(f"#table tbody tr:not(.space) td:nth-child({at + 1})")
    return cells.all_text_contents()


def head(page, name):
    """The button in the head of a column."""
    return page.get_by_role("columnheader", name=name).get_by_role("button")


def count(page):
    """What is said of how many matches are listed."""
    return page.locator("#count").inner_text()


# ---- what is there


def test_the_verdict_comes_first(opened, hard):
    """In the first section; the page has no picture and leads nowhere else."""
    with opened(hard) as page:
        first = page.locator("main section").first

        assert "10 of 10 files match" in first.inner_text()
        assert page.title().startswith("hashsweep report: ")
        assert page.locator("img, picture, video, iframe, object, embed, link").count() == 0
        assert page.locator("a[href]:not([href^='#'])").count() == 0


def test_incomplete_cannot_be_missed(opened, folder):
    """It is the first word of the title, of the heading and of the verdict."""
    failed = Record(Item("/srv/broken"), reasons=[Failure("decode", "corrupt")])
    with opened(written(folder, "failed", [failed])) as page:
        mark = page.locator(".verdict p").first

        assert page.title().startswith("INCOMPLETE: ")
        assert page.get_by_role("heading", level=1).inner_text().startswith("INCOMPLETE: ")
        assert mark.inner_text().startswith("Incomplete")
        assert mark.bounding_box()["y"] < 300
        assert "is damaged: the decoder refused it" in page.locator("#failures").inner_text()
        assert "There are no matches to list" in page.locator("#list").inner_text()


def test_several_reports_have_a_column(opened, folder):
    """It says which report a match is in; each report has a verdict of its own."""
    path = written(folder, "two", map(matched, range(3)), map(matched, range(3, 5)))
    with opened(path) as page:
        reports = Counter(name[-1] for name in column(page, "report"))

        assert reports == {"0": 3, "1": 2}
        assert page.locator(".verdict").count() == 2


def test_without_its_script_it_tells_all_but_the_table(opened, few):
    """And says where that is."""
    with opened(few, java_script_enabled=False) as page:
        assert "30 of 30 files match" in page.locator("#verdict").inner_text()
        assert "hashsweep report show does" in page.locator("#list").inner_text()
        assert not page.locator("#scroller").is_visible()


def test_nothing_else_can_run_or_be_loaded(chromium, few):
    """Not a script that is put into the page, nor markup from text, nor any address."""
    page = chromium.new_page()
    page.goto(few.as_uri())
    tried = page.evaluate("""async () => {
        const outcome = {};
        const attempt = async (name, what) => {
            outcome[name] = "done";
            try { await what(); } catch (error) { outcome[name] = error.name; }
        };
        await attempt("fetch", () => fetch("https://example.org/"));
        await attempt("markup", () => { document.body.innerHTML = "<b>x</b>"; });
        await attempt("eval", () => new Promise((resolve, reject) => setTimeout(() => {
            try { resolve(eval("1")); } catch (error) { reject(error); }
        })));
        const style = document.createElement("style");
        style.textContent = "body { display: none }";
        document.body.append(style);
        outcome.style = getComputedStyle(document.body).display;
        document.body.setAttribute("style", "display: none");
        outcome.attribute = getComputedStyle(document.body).display;
        return outcome;
    }""")
    page.close()

    assert tried == {
        "fetch": "TypeError", "markup": "TypeError", "eval": "EvalError",
        "style": "block", "attribute": "block",
    }  # fmt: skip


# ---- names


def test_names_are_hidden_until_asked_for_and_then_exact(opened, hard):
    """None is anywhere in what can be seen or read aloud; each is as `report show` prints it."""
    with opened(hard) as page:
        seen = """() => [...document.body.children].filter(each => each.tagName !== "SCRIPT")
            .map(each => each.textContent).join()"""
        before = page.evaluate(seen)
        page.get_by_role("button", name="Show all names").click()
        texts = page.locator("#table td.name bdi").all_text_contents()
        page.get_by_role("button", name="Hide all names").click()
        after = page.evaluate(seen)

        assert sorted(texts) == sorted(EXACT)
        assert [name for name in EXACT if name in before or name in after] == []
        assert "owned" not in before + page.title()


def test_one_name_is_shown_and_hidden_again(opened, hard):
    """In a dialog that the keyboard opens and closes, with the name in full."""
    with opened(hard) as page:
        button = page.locator("#table tbody button").nth(2)
        button.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="One match")
        text = dialog.locator("dd").first.text_content()
        fits = page.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        page.wait_for_function("!document.querySelector('dialog dd')")  # its end is an event

        assert text in EXACT
        assert fits
        assert not dialog.is_visible()
        assert page.locator("dialog dd").count() == 0
        assert page.evaluate("document.activeElement.dataset.place") == "2"


@pytest.fixture(scope="module")
def foldered(folder):
    """A page of matches with entries of a list made of a folder, one of them hot."""
    entries = ("/home/analyst/known/2026/originals/her name.jpg", "his name.png", "8231507")
    hot = [{"list": "known", "entry_id": each, "files": 2, "pictures": 2} for each in entries]
    records = (matched(n, entry_id=each) for n, each in enumerate(entries))
    return written(folder, "foldered", records, hot=hot)


def test_entries_that_are_called_as_files_are_hidden_as_names_are(opened, foldered):
    """From sight and from the search; others are there."""
    with opened(foldered) as page:
        search = page.get_by_label("Entry or cluster")
        hidden = sorted(column(page, "entry_id"))
        titles = page.locator("#table td[title*=name]").count()
        table = page.get_by_role("region", name="Hot entries")
        hot = [table.get_by_text(each).is_visible() for each in ("her name", "his name", "8231507")]
        search.fill("her name")
        found = count(page)
        page.get_by_role("button", name="Reset").click()
        page.get_by_role("button", name="Show all names").click()
        shown_now = column(page, "entry_id")
        page.get_by_label("Entry, cluster or name").fill("her name")

        assert hidden == ["(file name)", "(file name)", "8231507"]
        assert (titles, found, count(page)) == (0, "0 of 3 matches", "1 of 3 matches")
        assert "his name.png" in shown_now
        assert hot == [False, False, True]


def test_the_end_of_a_long_entry_is_in_sight(opened, foldered):
    """Of paths it is what tells them apart."""
    with opened(foldered) as page:
        page.get_by_role("button", name="Show all names").click()
        cells = page.locator("#table td.entry")
        within = cells.evaluate_all("""cells => cells.map(cell => {
            const text = cell.querySelector("bdi").firstChild;
            const last = document.createRange();
            last.setStart(text, text.length - 1);
            last.setEnd(text, text.length);
            const [end, box] = [last.getBoundingClientRect(), cell.getBoundingClientRect()];
            return box.left <= end.left && end.right <= box.right;
        })""")

        assert within == [True, True, True]


@pytest.mark.parametrize("width", [400, 1200, 1280])
def test_the_button_for_a_name_is_in_sight(opened, few, width):
    """Whole, without scrolling sideways; and over no other column once all names are shown."""
    with opened(few, width=width) as page:
        box = page.locator("#scroller").bounding_box()
        button = page.locator("#table tbody button").first.bounding_box()
        page.get_by_role("button", name="Show all names").click()
        lefts = page.evaluate(
            "[...document.querySelectorAll('#table thead th')].map(each => each.offsetLeft)"
        )

        assert box["x"] <= button["x"]
        assert button["x"] + button["width"] <= box["x"] + box["width"]
        assert lefts == sorted(lefts)


# ---- sorting and filtering


COLUMNS = (
    *("distance", "tier", "algorithm", "list", "entry_id", "category", "cluster", "copies"),
    *("decision", "name"),
)


def sorted_as(page):
    """What the heads say of how the table is sorted: (column, direction)."""
    heads = page.locator("th[aria-sort]").all()
    return [(one.get_attribute("data-key"), one.get_attribute("aria-sort")) for one in heads]


def rank(key):
    """How a column is sorted: by weight, as numbers, or as text."""
    return {
        "tier": list(TIERS).index,
        "distance": int,
        "copies": int,
        "entry_id": lambda text: int(text.removeprefix("entry-")),
    }.get(key, str)


@pytest.mark.parametrize("by", ["click", "Enter", "Space"])
def test_every_column_sorts(opened, few, by):
    """Both ways, by click and by key, and says so to who cannot see the arrow."""
    with opened(few) as page:
        page.get_by_role("button", name="Show all names").click()
        for key in COLUMNS:
            button = page.locator(f"#table th[data-key={key}] button")
            press = button.click if by == "click" else partial(button.press, by)
            press()
            up, rising = column(page, key), sorted_as(page)
            press()
            down, falling = column(page, key), sorted_as(page)

            assert (rising, falling) == ([(key, "ascending")], [(key, "descending")])
            assert up == sorted(up, key=rank(key))
            assert down == sorted(down, key=rank(key), reverse=True)
            assert len(up) == len(down) == 30


def test_filters_work_together(opened, few):
    """Each select, the text and the copies; the count says what is left; Reset takes all back."""
    records = [matched(number) for number in range(30)]
    with opened(few) as page:
        page.get_by_label("List", exact=True).select_option("known")
        page.get_by_label("Tier", exact=True).select_option("close")
        tiers = set(column(page, "tier"))
        both = count(page)
        page.get_by_label("Category", exact=True).select_option("(none)")
        none = count(page)
        page.get_by_role("button", name="Reset").click()
        everything = count(page)
        page.get_by_label("Entry or cluster").fill("ENTRY-1")
        entries = set(column(page, "entry_id"))
        page.get_by_role("button", name="Reset").click()
        page.get_by_label("One row for all copies").check()
        once = count(page)
        expected = sum(r.matches[0].list_name == "known" and r.matches[0].tier == "close"
                       for r in records)  # fmt: skip

        assert tiers == {"close"}
        assert (both, none) == (f"{expected} of 30 matches", "0 of 30 matches")
        assert everything == "30 matches"
        assert entries == {r.matches[0].entry_id for r in records
                           if "entry-1" in r.matches[0].entry_id}  # fmt: skip
        assert int(once.split()[0]) == len(
            {(r.hashes["sha256"], r.matches[0].list_name, r.matches[0].entry_id) for r in records}
        )


def test_names_are_searched_only_while_they_are_shown(opened, few):
    """A search must not tell what is hidden."""
    with opened(few) as page:
        page.get_by_label("Entry or cluster").fill("000017.JPG")
        hidden = count(page)
        page.get_by_role("button", name="Show all names").click()
        named = count(page)
        page.get_by_role("button", name="Hide all names").click()

        assert (hidden, named, count(page)) == (
            "0 of 30 matches", "1 of 30 matches", "0 of 30 matches",
        )  # fmt: skip


def test_a_cluster_is_listed_from_one_of_its_matches(opened, few):
    """The dialog has a button for it; the search then has the focus."""
    with opened(few) as page:
        page.get_by_label("Entry or cluster").fill("entry-8")
        copies = column(page, "copies")
        page.locator("#table tbody button").first.click()
        page.get_by_role("button", name="Only this cluster").click()

        assert copies == ["2", "2"]
        assert count(page) == "2 of 30 matches"
        assert page.evaluate("document.activeElement.id") == "search"


# ---- 50,000 matches


def nodes(page):
    """How many elements the page has."""
    return page.evaluate("document.querySelectorAll('*').length")


def test_only_the_rows_in_sight_are_drawn(opened, many):
    """Of 50,000; scrolled to the end the last one is there, and its place is told."""
    with opened(many) as page:
        first = nodes(page)
        page.evaluate("scroller.scrollTop = scroller.scrollHeight / 2")
        page.locator('[aria-rowindex="25000"]').wait_for(state="attached")
        middle = nodes(page)
        page.evaluate("scroller.scrollTop = scroller.scrollHeight")
        page.locator('[aria-rowindex="50001"]').wait_for(state="attached")
        text, below = page.evaluate("""() => {
            const last = document.querySelector("[aria-rowindex='50001']");
            const box = scroller.getBoundingClientRect();
            return [last.innerText, last.getBoundingClientRect().bottom - box.bottom];
        }""")

        assert max(first, middle, nodes(page)) < 1_500
        assert page.locator("#table").get_attribute("aria-rowcount") == "50001"
        assert below <= 1
        assert "far" in text


def test_many_matches_are_sorted_filtered_and_searched(opened, many):
    """All of them, not only those that are drawn."""
    with opened(many) as page:
        page.get_by_role("button", name="Show all names").click()
        head(page, "Name").click()
        head(page, "Name").click()
        last = column(page, "name")[0]
        page.get_by_label("Tier", exact=True).select_option("far")
        tier = count(page)
        page.get_by_label("Entry, cluster or name").fill("049999")

        assert last.endswith("/srv/media/049999.jpg")
        assert tier == "12,500 of 50,000 matches"
        assert count(page) == "1 of 50,000 matches"


def test_rows_are_walked_by_keys(opened, many):
    """With the focus on a row that is in sight and drawn, also at either end."""
    with opened(many) as page:
        page.locator("#table tbody button").first.focus()
        places = []
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "PageDown", "End", "ArrowDown", "Home"):
            page.keyboard.press(key)
            place, within = page.evaluate("""() => {
                const row = document.activeElement.closest("tr").getBoundingClientRect();
                const box = scroller.getBoundingClientRect();
                const head = document.querySelector("#table thead").getBoundingClientRect();
                return [Number(document.activeElement.dataset.place),
                        head.bottom - 1 <= row.top && row.bottom <= box.bottom + 1];
            }""")
            places.append(place)
            assert within, key

        assert places[:3] == [1, 2, 1]
        assert 5 < places[3] < 30
        assert places[4:] == [MANY - 1, MANY - 1, 0]


# ---- for everybody


def test_the_tab_key_reaches_everything(opened, many):
    """Each link, control and scrolling box once, one row of the table, all with a visible mark."""
    with opened(many) as page:
        wanted = page.evaluate(
            """[...document.querySelectorAll(
                "a[href], button, select, input, summary, [tabindex='0']")]
            .filter(each => each.checkVisibility())
            .filter(each => !each.closest("tbody") || each.dataset.place === "0").length"""
        )
        met = []
        for _ in range(wanted + 5):
            page.keyboard.press("Tab")
            found = page.evaluate(
                "(() => { const e = document.activeElement; const style = getComputedStyle(e);"
                "e.dataset.met ??= String(Math.random());"
                "return [e.tagName, e.dataset.met, style.outlineStyle !== 'none',"
                "e.dataset.place ?? null]; })()"
            )
            if found[0] == "BODY":
                break
            met.append(found)

        assert len({each[1] for each in met}) == len(met) == wanted
        assert all(each[2] for each in met)
        assert [each[3] for each in met if each[3] is not None] == ["0"]


def test_skip_links_lead_to_verdict_and_table(opened, few):
    """The first Tab shows one; Enter moves the focus."""
    with opened(few) as page:
        page.keyboard.press("Tab")
        shown_at = page.locator(".skip").first.bounding_box()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        assert shown_at["x"] >= 0
        assert page.evaluate("document.activeElement.id") == "list"


def test_the_accessibility_tree_has_landmarks_and_labels(opened, few):
    """One of each landmark, named regions, and no control without a name."""
    with opened(few) as page:
        tree = page.locator("body").aria_snapshot()
        controls = [
            line.strip()
            for line in tree.splitlines()
            if line.strip().removeprefix("- ").split(" ")[0].rstrip(":")
            in {"button", "combobox", "searchbox", "checkbox", "link", "region", "table", "img"}
        ]

        assert [tree.count(f"- {mark}:") for mark in ("banner", "main", "contentinfo")] == [1, 1, 1]
        assert '- navigation "Sections":' in tree
        assert len(controls) > 60
        assert [line for line in controls if '"' not in line] == []
        assert 'columnheader "Tier"' in tree
        assert page.locator("#count").inner_text() == "30 matches"
        assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("name", ["few", "hard", "many"])
def test_a_narrow_page_does_not_scroll_sideways(opened, request, name):
    """400 px, with names and one match shown; wide tables scroll in their own boxes."""
    with opened(request.getfixturevalue(name), width=400) as page:
        page.get_by_role("button", name="Show all names").click()
        for summary in page.locator("summary").all():
            summary.click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.locator("#table tbody button").last.dispatch_event("click")
        dialog = page.get_by_role("dialog").bounding_box()

        assert wide <= 400
        assert dialog["x"] >= 0
        assert dialog["x"] + dialog["width"] <= 400


def luminance(colour):
    """Relative luminance of `rgb(r, g, b)`, as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """From 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(opened, few, scheme):
    """WCAG AA: 4.5 for text on either background, 3 for what shapes say."""
    with opened(few, color_scheme=scheme) as page:
        colours = page.evaluate("""() => Object.fromEntries(
            "paper wash ink soft link edge bar near bad good".split(" ").map(name => {
                const probe = document.body.appendChild(document.createElement("i"));
                probe.style.color = `var(--${name})`;
                return [name, getComputedStyle(probe).color];
            }))""")
        on = [colours["paper"], colours["wash"]]

        assert (luminance(colours["paper"]) > 0.5) == (scheme == "light")
        assert (
            min(contrast(colours[n], back) for n in ("ink", "soft", "link") for back in on) >= 4.5
        )
        assert min(
            contrast(colours[n], on[0]) for n in ("edge", "bar", "near", "bad", "good")
        ) >= 3  # fmt: skip


def test_motion_is_reduced_where_that_is_wished(opened, few):
    """No smooth scrolling then."""
    with opened(few, reduced_motion="reduce") as page:
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_a_printed_page_has_the_first_rows_and_no_controls(opened, many):
    """And says how many are missing; afterwards the page is as before."""
    with opened(many) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        rows = page.locator("#table tbody tr:not(.space)").count()
        left = page.locator("#table tbody tr").last.inner_text()
        controls = page.locator(".controls").first.is_visible()
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")

        assert (rows, left, controls) == (500, "49,500 more are not printed.", False)
        assert page.locator("#table tbody tr:not(.space)").count() < 60


def copies_and_a_film():
    """Two near copies and a frame that is one more, which are a cluster; a file by itself."""
    near = [record(f"/srv/{name}.jpg", at, match("e")) for at, name in enumerate("ab", 1)]
    film = record("/srv/film.gif", 5, match("g"))
    frame = record("/srv/film.gif", 5, match("e"), part="frame 2")
    for each in (near[1], frame):
        each.hashes["pdq"] = near[0].hashes["pdq"]
    return [near[:1], near[1:], [film, frame], [record("/srv/alone.jpg", 9, match("f"))]]


def test_decisions_made_by_keyboard_are_the_csv_that_is_read_back(opened, tmp_path):
    """--decisions takes the browser's file, and decides what the page shows and nothing else."""
    records = copies_and_a_film()
    path = tmp_path / "page.html"
    assert run_here("report", "html", made(tmp_path / "report", records), "-o", path).stderr == ""
    with opened(path, accept_downloads=True) as page:
        page.get_by_label("Decided by (optional)").fill("A. Reviewer")
        page.locator("#table tbody tr:not(.space)").first.click()
        for key in ("c", "j", "j", "j", "o", "j", "c", "Shift+O"):  # a; the frame; alone
            page.keyboard.press(key)
        page.get_by_role("button", name="Show all names").click()
        said = page.locator("#decided").inner_text()
        names = [each.removeprefix("Details") for each in column(page, "name")]
        shown = dict(
            zip(
                zip(names, column(page, "part"), strict=True), column(page, "decision"), strict=True
            )
        )
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as(tmp_path / "decided.csv")
        saved_as = download.value.suggested_filename
    saved = list(csv.DictReader((tmp_path / "decided.csv").read_text("utf-8").splitlines()))
    decisions = Decisions(tmp_path / "decided.csv")
    for each in records:
        decisions.apply(each)
    decided = {
        (each.item.uri, each.part or ""): each.matches[0].decision or ""
        for file in records
        for each in file
    }

    assert saved_as == "decisions.csv"
    assert Counter(shown.values()) == {"": 2, "confirmed": 1, "overturned": 2}
    assert decided == shown
    assert "0 confirmed, 1 overturned, 1 in part, 1 undecided. Not saved yet." in said
    assert {row["by"] for row in saved if row["decision"]} == {"A. Reviewer"}
    assert {row["by"] for row in saved if not row["decision"]} == {""}


def test_a_page_on_which_nothing_was_decided_saves_what_the_command_writes(opened, tmp_path):
    """The CSV of `report decisions`, byte by byte, with what was decided earlier."""
    records = [*map(matched, range(30)), matched(30, decision="confirmed")]
    records += [matched(31 + at, entry_id=name) for at, name in enumerate(('=1,"2"', " '-x"))]
    report, path = made(tmp_path / "report", records), tmp_path / "page.html"
    assert run_here("report", "html", report, "-o", path).stderr == ""
    with opened(path, accept_downloads=True) as page:
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as(tmp_path / "decided.csv")
    told = run_here("report", "decisions", report, "-o", tmp_path / "to-decide.csv")

    assert told.returncode == 0
    assert (tmp_path / "decided.csv").read_bytes() == (tmp_path / "to-decide.csv").read_bytes()


def test_no_decision_can_be_made_on_a_redacted_page(opened, tmp_path):
    """It shows too little to decide by."""
    report = made(tmp_path / "report", [matched(number) for number in range(3)])
    path, key = tmp_path / "page.html", tmp_path / "redact.key"
    assert run_here("report", "keygen", "-o", key).returncode == 0
    words = ("--redact", "--redact-key", key, "-o", path)
    assert run_here("report", "html", report, *words).stderr == ""
    with opened(path) as page:
        assert page.locator("#count").inner_text() == "3 matches"
        assert page.locator("#save").count() == page.locator("#decide").count() == 0
