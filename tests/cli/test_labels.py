"""Any text is a label: shown as it is, never executed, on any terminal, in every verb and kind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.cli.__main__ import main
from eqsolve.core.instance import Instance
from eqsolve.core.method import obstacle
from eqsolve.core.table import Table
from eqsolve.core.text import visible
from eqsolve.draw import pictures, render
from eqsolve.io.instances import instance_document, instance_from_document
from eqsolve.registry import BUILT_IN, get_family

NASTY = [
    "Bounds of \\[/n\\]",
    "[bold]not markup[/bold]",
    "[/]",
    "$\\undefined$",
    "pays $5 or $6",
    "a_b^c {x} \\frac",
    "two\nlines\tand\r\na tab",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "\x9b2J",
    "quotes \" and ' and `",
    "<script>alert(1)</script>&amp;",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc\u202c",
    "数学 Ångström ß é 👩‍🔬",
    "x" * 300,
    " ",
    "",
    "%s %(a)s {0} {a!r}",
    "=1+2|!cmd",
    "-",
    "--option",
    "catalog:x#3",
    "\x00nul\x7f",
]
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but line feeds and tabs, and marks that turn the direction."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(part) for part in arguments])


def renamed(kind: str, texts: list[str]) -> Instance:
    """Return a small instance of a kind whose every member and name is a nasty text."""
    names = [name for name in catalog_names(kind) if "large" not in name]
    instance: Any = eqsolve.load(f"catalog:{names[0]}")
    labels = {
        side: [texts[place % len(texts)] + str(place // len(texts) or "") for place in range(size)]
        for side, size in instance.side_sizes().items()
    }
    document = instance_document(instance)
    document = {**document, "labels": labels, "name": texts[0], "metadata": {}}
    return instance_from_document(document, "test")


def chunks() -> list[list[str]]:
    """Return the nasty texts in rotations, so that each comes first for some instance."""
    return [NASTY[k:] + NASTY[:k] for k in range(0, len(NASTY), 5)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [family.kind for family in BUILT_IN])
def test_every_verb_shows_every_text(kind: str, tmp_path: Path) -> None:
    path, solution = tmp_path / "nasty.json", tmp_path / "solution.json"
    for texts in chunks()[1:3]:
        instance = renamed(kind, texts)
        eqsolve.save(instance, path)
        assert eqsolve.load(path).labels == instance.labels
        asked = get_family(kind).questions.values()
        questions = [asking.name for asking in asked if obstacle(asking(), instance) is None]
        commands: list[list[object]] = [
            ["solve", path, "-o", solution],
            ["solve", path, "--json"],
            ["verify", path, solution],
        ]
        quick = {"entry": ["--option", "steps=3"], "paradox": ["--option", "tries=3"]}
        commands += [["ask", name, path, *quick.get(name, [])] for name in questions]
        for command in commands:
            shown = run(*command)
            assert shown.exit_code == 0, (command, shown.output, shown.exception)
            assert not HARMFUL.search(shown.stdout + shown.stderr), command
        html = eqsolve.view(instance, eqsolve.solve(instance))._repr_html_()
        assert "<script" not in html
        assert not HARMFUL.search(html)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [family.kind for family in BUILT_IN])
def test_every_picture_draws_every_text(kind: str) -> None:
    instance = renamed(kind, chunks()[1])
    result = eqsolve.solve(instance)
    for name, function in pictures(kind).items():
        drawn = render(function, instance, result, "svg").decode()
        ElementTree.fromstring(drawn)
        assert not HARMFUL.search(drawn), name


def test_dollars_are_drawn_and_powers_of_ten_are_no_formulas() -> None:
    pytest.importorskip("matplotlib")
    market = eqsolve.AssignmentMarket([[5]], labels={"buyers": ["$x$"], "sellers": ["\\$"]})
    function = pictures("assignment_market")["matching"]
    drawn = render(function, market, eqsolve.solve(market), "svg").decode()
    assert ">$x$<" in drawn

    def logarithmic(instance: object, result: object, figure: Any) -> None:
        made = figure.add_subplot()
        made.plot([1, 1e6], [1, 2])
        made.set_xscale("log")

    drawn = render(logarithmic, None, None, "svg").decode()
    assert "mathdefault" not in drawn


HERE = {**os.environ, "PYTHONPATH": str(Path(eqsolve.__file__).parents[1])}
ASCII = {**HERE, "PYTHONIOENCODING": "ascii"}
LOCALE_C = {**HERE, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("verb", "environment"),
    [("solve", ASCII), ("verify", ASCII), ("ask", ASCII), ("plot", ASCII), ("solve", LOCALE_C)],
)
def test_an_ascii_terminal_gets_escapes(
    tmp_path: Path, verb: str, environment: dict[str, str]
) -> None:
    market = eqsolve.AssignmentMarket(
        [[5, 3], [4, 1]], name="数学", labels={"buyers": ["Ångström", "数"], "sellers": ["ß", "é"]}
    )
    eqsolve.save(market, tmp_path / "märkte.json")
    eqsolve.save_solution(market, eqsolve.solve(market), tmp_path / "s.json")
    more = {
        "verify": ["märkte.json", "s.json"],
        "ask": ["demand", "märkte.json"],
        "plot": ["märkte.json", "-o", "bild-é.png"],
    }.get(verb, ["märkte.json"])
    done = subprocess.run(
        [sys.executable, "-m", "eqsolve", verb, *more], cwd=tmp_path, capture_output=True,
        env=environment,
        timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    if verb == "solve":
        assert rb"\xc5ngstr\xf6m" in done.stdout
        lines = [line for line in done.stdout.splitlines() if line.startswith(b"|")]
        assert len({len(line) for line in lines[:4]}) == 1  # the first table's columns are straight
        as_json = subprocess.run(
            [sys.executable, "-m", "eqsolve", "solve", "märkte.json", "--json"], cwd=tmp_path,
            capture_output=True, timeout=120, check=True,
            env=environment,
        )  # fmt: skip
        assert json.loads(as_json.stdout)["instance"]["name"] == "数学"


def test_messages_show_file_names_and_never_execute_them(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mred\nline.json"
    path.write_text("{")
    shown = run("solve", path)
    assert shown.exit_code == 2
    assert len(shown.stderr.splitlines()) == 1
    assert "\\x1b[31mred\\nline.json" in shown.stderr
    report = eqsolve.AssignmentMarket([[5]], labels={"buyers": ["\x1b[2J\nvalid"]})
    wrong = eqsolve.solve(report).require()
    wrong = type(wrong).from_dict({**wrong.to_dict(), "prices": [9]}, report)
    text = str(eqsolve.verify(report, wrong))
    assert "\x1b" not in text
    assert "\nvalid" not in text


@settings(max_examples=60)
@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4), st.text())
def test_tables_hold_any_text(rows: list[list[str]], title: str) -> None:
    from rich.console import Console

    table = Table(title, [title, "b"]).extend(rows)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        console = Console(file=nowhere, width=200, record=True)
        console.print(table)
    for text in (console.export_text(), str(table), table.html()):
        assert not HARMFUL.search(text)
    for row in rows:
        for cell in row:
            assert visible(cell).rstrip(" ") in str(table)


@given(st.text())
def test_printable_text_is_harmless_and_ordinary_text_stays(text: str) -> None:
    shown = visible(text)
    assert not HARMFUL.search(shown)
    assert "\n" not in shown
    assert visible(shown) == shown
    assert shown.encode().decode() == shown
    if text.isprintable():
        assert shown == text


def test_a_picture_that_cannot_be_drawn_is_refused_and_the_next_one_taken_only_if_none_is_named(
    tmp_path: Path,
) -> None:
    game, target = tmp_path / "game.json", tmp_path / "picture.png"
    eqsolve.save(
        eqsolve.NormalFormGame([[[i * j % 7, i] for j in range(9)] for i in range(9)]), game
    )
    refused = run("plot", game, "--picture", "improvement", "-o", target)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "pictures that apply: regret" in refused.stderr
    assert not target.exists()
    shown = run("plot", game, "-o", target)
    assert (shown.exit_code, shown.stdout) == (0, f"regret in {target}\n")


def test_no_message_denies_mixed_equilibria() -> None:
    shown = run("solve", "catalog:matching-pennies").stdout
    assert "no pure equilibrium" in shown
    assert "no equilibrium exists" not in shown


def test_a_gap_message_does_not_contradict_itself() -> None:
    market = eqsolve.FisherMarket([[2, 1], [1, 2]], budgets=[3, 1])
    early = eqsolve.fisher_equilibrium(market, method="proportional_response", iterations=2)
    text = str(eqsolve.verify(market, early.solution))
    assert "too much for an equilibrium" in text
    assert "claimed" not in text
