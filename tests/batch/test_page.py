"""The page of a batch run: complete, self-contained, and usable in a real browser of any width."""

from __future__ import annotations

import json
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from eqsolve.batch.html import common_folder, export_html, natural
from eqsolve.batch.run import run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.task import Question

BROWSER = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="chromium is not installed (apt-get install chromium)"
)
DESKTOP, PHONE = (1400, 900), (500, 900)


def made(folder: Path, items: int, *asked: Question) -> Path:
    """Return the page of a run over so many markets and one line that is none."""
    lines = [
        json.dumps({"eqsolve": 1, "kind": "assignment_market", "values": [[k, 1], [2, 3]]})
        for k in range(items - 1)
    ]
    (folder / "in").mkdir()
    (folder / "in" / "many.jsonl").write_text("\n".join([*lines, "<script>broken"]))
    for question in asked:
        run_batch([str(folder / "in")], folder / "run.sqlite", question, jobs=1)
    with Store(folder / "run.sqlite", read_only=True) as store:
        assert export_html(store, folder / "page.html") == items * len(asked)
    return folder / "page.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked = Question(), Question(options=(("prices", "min"),))
    return made(tmp_path_factory.mktemp("page"), 31, *asked)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("large"), 1000, Question())


def in_browser(page: Path, script: str, size: tuple[int, int], *arguments: str) -> Any:
    """Return what an expression is in the loaded page."""
    text, folder = page.read_text(), page.parent
    probe = f"document.body.append(Object.assign(document.createElement('pre'), {{id: 'probe', \
textContent: JSON.stringify((() => {{ {script} }})())}}))"
    (folder / "probe.html").write_text(text.replace("</body>", f"<script>{probe}</script></body>"))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}"]
    command += [*arguments, "--dump-dom", f"file://{folder / 'probe.html'}"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    return json.loads(unescape(shown.split('<pre id="probe">')[1].split("</pre>")[0]))


def test_it_is_self_contained(page: Path) -> None:
    pytest.importorskip("matplotlib", reason="it draws the times of the page")
    text = page.read_text()
    for outside in ("src=", "@import", 'href="http', "url(http"):
        assert outside not in text
    assert "<svg" in text
    assert text.count("<tr class=") == 62


def test_names_are_relative_and_in_the_order_of_people(page: Path) -> None:
    text = page.read_text()
    assert text.count(f"{page.parent}/in/") == 1
    assert f"<dd>{page.parent}/in/</dd>" in text
    _, _, table = text.partition("<table id=items>")
    places = [table.index(f">many.jsonl#{k}<") for k in range(31)]
    assert places == sorted(places)


def test_it_says_what_was_asked_and_when(page: Path) -> None:
    head = page.read_text().split("<h2>")[0]
    assert "<dt>options</dt><dd>prices=min</dd>" in head
    assert "<dt>last run</dt><dd>20" in head
    assert " UTC to 20" in head
    assert "prices=min, seed 0" in page.read_text()


def test_the_same_store_makes_the_same_page(page: Path) -> None:
    with Store(page.parent / "run.sqlite", read_only=True) as store:
        export_html(store, page.parent / "again.html")
    assert (page.parent / "again.html").read_bytes() == page.read_bytes()


@pytest.mark.parametrize(
    ("sources", "folder"),
    [
        ([], ""),
        (["catalog:ironing", "here.json"], ""),
        (["/a/b/1.json"], "/a/b/"),
        (["/a/b/1.json", "/a/c/2.json#7"], "/a/"),
        (["/a/1.json", "/b/2.json"], "/"),
    ],
)
def test_the_folder_that_names_have_in_common(sources: list[str], folder: str) -> None:
    assert common_folder(sources) == folder


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["b", "a#10", "a#2", "a2b10", "a2b1", "a", "10"]
    assert sorted(names, key=natural) == names[::-1]


SORTED = """
  const press = index => {
    const button = heads[index].firstElementChild;
    button.focus();
    const reached = document.activeElement === button && button.tabIndex === 0;
    button.click();
    return [reached, heads.map(head => head.ariaSort),
            rows.map(row => [...row.cells].map(cell => cell.dataset.value ?? cell.textContent))];
  };
  const names = heads.map(head => head.textContent);
  return [names, press(names.indexOf("source")), press(names.indexOf("source")),
          press(names.indexOf("objective")), press(names.indexOf("objective"))];
"""


@BROWSER
def test_a_thousand_rows_sort_by_keys_and_say_so(large: Path) -> None:
    names, *pressed = in_browser(large, SORTED, DESKTOP)
    source, objective = names.index("source"), names.index("objective")
    columns = []
    for (reached, marks, rows), index in zip(
        pressed, (source, source, objective, objective), strict=True
    ):
        assert reached
        assert len(rows) == 1000
        columns.append([row[index] for row in rows])
        assert [k for k, mark in enumerate(marks) if mark != "none"] == [index]
    assert [marks[source] for _, marks, _ in pressed[:2]] == ["descending", "ascending"]
    assert [marks[objective] for _, marks, _ in pressed[2:]] == ["ascending", "descending"]
    assert columns[1] == [f"many.jsonl#{k}" for k in range(1000)]
    assert columns[0] == columns[1][::-1]
    for numbers, reverse in zip(columns[2:], (False, True), strict=True):
        assert numbers[-1] == ""  # what has no objective is last both ways
        values = list(map(float, numbers[:-1]))
        assert values == sorted(values, reverse=reverse)


@BROWSER
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_as_wide_as_the_window_and_heads_stay(
    large: Path, size: tuple[int, int]
) -> None:
    script = """
      const box = table.parentElement, head = heads[0];
      box.scrollTop = 5000;
      box.scrollLeft = 200;
      const [b, h, c] = [box, head, rows[500].cells[0]].map(it => it.getBoundingClientRect());
      return [document.documentElement.scrollWidth - innerWidth, box.scrollTop, h.top - b.top,
              c.left - b.left, shown.textContent];
    """
    over, scrolled, down, right, text = in_browser(large, script, size)
    assert over <= 0
    assert scrolled == 5000
    assert abs(down) <= 2
    assert abs(right) <= 2
    assert text == "1000 of 1000 items"


@BROWSER
def test_rows_and_columns_are_hidden(page: Path) -> None:
    script = """
      const before = boxes.map(box => box.checked);
      const named = name => heads.findIndex(head => head.textContent === name);
      boxes[named("kind")].click();
      state.value = "failed";
      state.dispatchEvent(new Event("change"));
      const seen = name => rows[0].cells[named(name)].offsetWidth > 0;
      return [before[named("limit")], seen("kind"), seen("limit"), rows.filter(r => r.offsetHeight)
              .map(row => row.className), shown.textContent];
    """
    limit, kind, shown, states, text = in_browser(page, script, DESKTOP)
    assert not limit, "a column without an entry is hidden at first"
    assert not kind
    assert not shown
    assert states == ["failed", "failed"]
    assert text == "2 of 62 items"


@BROWSER
def test_dark_pages_are_dark_and_light_ones_light(page: Path) -> None:
    script = """
      const seen = getComputedStyle(document.body);
      return [seen.color, seen.backgroundColor].map(it => Math.max(...it.match(/[0-9]+/g)));
    """
    dark = in_browser(page, script, PHONE, "--blink-settings=preferredColorScheme=0")
    light = in_browser(page, script, PHONE, "--blink-settings=preferredColorScheme=1")
    assert dark[0] > 200 > 60 > dark[1]
    assert light[1] > 200 > 60 > light[0]


@BROWSER
def test_the_printed_table_fits_the_page(page: Path) -> None:
    script = """
      const print = [...document.styleSheets[0].cssRules]
        .filter(it => it.media?.mediaText === "print")
        .flatMap(it => [...it.cssRules]).map(it => it.cssText).join("\\n");
      document.head.append(Object.assign(document.createElement("style"), {textContent: print}));
      document.body.style.width = "273mm";
      const room = document.body.clientWidth;
      return [print.length > 100, room, ...[...document.querySelectorAll("table")].map(it =>
        it.scrollWidth)];
    """
    rules, room, *widths = in_browser(page, script, DESKTOP)
    assert rules
    assert max(widths[:-1]) <= room  # all but the table of runs, which is shrunk
