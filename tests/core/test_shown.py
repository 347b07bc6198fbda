"""Views fit a screen however large the record, and show any text without executing it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.core.report import Check, Report
from eqsolve.core.shown import WIDTH, Shown, badge, brief, within
from eqsolve.core.table import Table
from eqsolve.core.text import as_html

NASTY = ["<script>alert(1)</script>", '"onmouseover="x', "a & b", "\x1b[31mred", "\u202eevil", "|"]


class Reader(HTMLParser):
    """Collects tags, attributes and text, and refuses tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open, f"{self.open} are not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass(frozen=True, slots=True, repr=False)
class Record(Shown):
    anything: Any
    rest: Any = None


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.fractions(),
        st.text(max_size=300),
        st.binary(max_size=300),
        st.builds(
            np.zeros, st.lists(st.integers(0, 40), max_size=3).map(tuple), st.sampled_from("fib")
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=20),
        st.lists(inner, max_size=20).map(tuple),
        st.dictionaries(st.text(max_size=40), inner, max_size=20),
        st.builds(Record, inner, inner),
    ),
    max_leaves=40,
)


@given(values)
def test_any_value_is_a_line_that_is_not_much_longer_than_asked_for(value: Any) -> None:
    text = brief(value)
    assert "\n" not in text
    assert len(text) <= 4 * WIDTH or str(value) == text  # a single number is never cut


@given(values)
def test_any_record_fits_a_screen(value: Any) -> None:
    lines = repr(Record(value)).split("\n")
    assert len(lines) <= 5
    Reader(Record(value)._repr_html_())


@pytest.mark.parametrize("array", [np.arange(5), np.eye(3), np.zeros((0, 4)), np.array(7.5)])
def test_small_arrays_are_shown_whole(array: Any) -> None:
    assert "..." not in brief(array)
    if array.size:
        assert np.array_equal(np.array(eval(brief(array))), array)


def test_what_is_left_out_is_said() -> None:
    assert brief(np.zeros((50, 60))).endswith("...] of shape (50, 60)")
    assert brief(list(range(1000))).endswith("more]")
    shown = brief({k: k for k in range(1000)})
    assert shown.endswith(" more}")
    first, _, left = shown.rpartition(", ... ")
    assert len(eval(first + "}")) + int(left.removesuffix(" more}")) == 1000


def test_only_what_is_shown_is_looked_at() -> None:
    class Endless(list[int]):
        def __iter__(self) -> Any:
            yield from range(200)
            raise AssertionError("looked at more than fits a line")

        def __len__(self) -> int:
            return 10**9

    assert brief(Endless()).endswith(" more]")


def test_none_and_fractions() -> None:
    assert repr(Record(Fraction(1, 3))) == "Record(anything=1/3)"


@pytest.mark.parametrize("text", NASTY)
def test_text_is_shown_and_never_executed(text: str) -> None:
    table = Table(text, [text], [(text,)])
    report = Report((Check("id", text, violations=1, worst=text),), 0.0, (text,))
    for html in (
        Record({text: text})._repr_html_(),
        table._repr_html_(),
        report._repr_html_(),
        badge(text, None),
        f"<p>{as_html(text)}</p>",
    ):
        read = Reader(html)
        tags = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"}
        assert read.tags <= tags | {"span", "p", "br"}
        assert read.attributes <= {"style", "scope", "class", "open"}
        assert "\x1b" not in read.text
        assert "\u202e" not in read.text


def test_reports_open_what_fails() -> None:
    fine, broken = Check("a", "is fine"), Check("b", "is not", violations=2, worst="Ann pays 3")
    valid, violated = Report((fine,), 0.0), Report((fine, broken), 0.0)
    left = Report((fine,), 0.0, ("that it is the best",))
    assert repr(valid) == "<Report valid: 1 conditions hold exactly>"
    assert repr(violated).startswith("<Report not valid: 1 of 2")
    assert "Ann pays 3" in repr(violated)
    assert " open>" in violated._repr_html_()
    assert " open>" not in valid._repr_html_()
    assert [row[0] for row in violated.table().rows] == ["b", "a"]
    # One color each, told apart on light pages and dark ones.
    colors = {
        html.split("background:")[1][:7]
        for html in (valid._repr_html_(), violated._repr_html_(), left._repr_html_())
    }
    assert len(colors) == 3


def test_a_hundred_failures_fit_a_screen() -> None:
    report = Report(tuple(Check(f"c{k}", "x" * 500, violations=1) for k in range(100)), 0.0)
    lines = repr(report).split("\n")
    assert len(lines) == 12
    assert max(map(len, lines)) <= 140
    assert within(["a"] * 3, 3) == ["a"] * 3
