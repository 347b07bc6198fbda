"""Every picture is drawn for small, empty and crowded instances, with labels, reproducibly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import UnsupportedError
from eqsolve.registry import BUILT_IN

pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")

from eqsolve.draw import draw, pictures, render


def drawable() -> list[tuple[str, str]]:
    """Return (kind, picture) for every picture there is."""
    found = []
    for family in BUILT_IN:
        try:
            found += [(family.kind, name) for name in pictures(family.kind)]
        except UnsupportedError:
            continue
    return found


@cache
def example(kind: str) -> tuple[Any, Any]:
    """Return the first catalog instance of a kind that has a solution, with its result."""
    for name in catalog_names():
        instance = eqsolve.load(f"catalog:{name}")
        if instance.kind == kind:
            result = eqsolve.solve(instance)
            if result.solution is not None:
                return instance, result
    raise AssertionError(f"no solvable catalog instance of {kind}")


@pytest.mark.parametrize(("kind", "picture"), drawable())
def test_pictures_are_drawn_and_repeat(kind: str, picture: str) -> None:
    instance, result = example(kind)
    texts = [render(pictures(kind)[picture], instance, result, "svg") for _ in range(2)]
    assert texts[0] == texts[1]
    assert b"<text" in texts[0]  # it has labels


def test_every_kind_has_a_picture() -> None:
    assert {kind for kind, _ in drawable()} == {family.kind for family in BUILT_IN}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_command_writes_files(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"p.{suffix}"
    shown = CliRunner().invoke(main, ["plot", "catalog:shapley-shubik-1971", "-o", str(target)])
    assert shown.exit_code == 0, shown.output
    assert target.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "p.gif"], "must be a .png, .svg or .pdf file"),
        (["-o", "p.png", "--picture", "price"], "did you mean 'prices'?"),
        ([], "give -o PICTURE"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(main, ["plot", "catalog:shapley-shubik-1971", *arguments])
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_empty_and_crowded_markets_are_drawn(tmp_path: Path) -> None:
    for values in ([[]], [[1] * 60] * 60):
        market = eqsolve.AssignmentMarket(values)
        result = eqsolve.solve(market)
        for picture in pictures("assignment_market"):
            draw(market, result, tmp_path / "p.png", picture=picture)
