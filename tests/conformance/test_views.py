"""What a session or a notebook shows of instances, results and solutions, for every kind."""

from __future__ import annotations

import re
from copy import copy
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.core.result import Result
from eqsolve.core.shown import MAX_LINES, Shown
from eqsolve.registry import BUILT_IN, Family

FAMILIES = pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)


@cache
def solved(kind: str) -> tuple[Any, Result[Any]]:
    instance = eqsolve.load(f"catalog:{catalog_names(kind)[0]}")
    return instance, eqsolve.solve(instance, time_limit=20)


@FAMILIES
def test_solutions_show_themselves_in_the_same_way(family: Family) -> None:
    assert issubclass(family.solution_type, Shown), "`class Solution(Shown)`, with repr=False"


@FAMILIES
def test_reprs_fit_a_screen(family: Family) -> None:
    instance, result = solved(family.kind)
    for shown in (instance, result, result.solution, result.check, result.certificate):
        lines = repr(shown).split("\n")
        assert len(lines) <= MAX_LINES + 2
        assert max(map(len, lines)) <= 160


@FAMILIES
def test_notebooks_show_names_and_the_verdict(family: Family) -> None:
    instance, result = solved(family.kind)
    named = copy(instance)
    side, size = next(iter(instance.side_sizes().items()))
    labels = {side: tuple(f"<b>{k}" for k in range(size))}
    object.__setattr__(named, "labels", MappingProxyType(labels))
    shown = named._repr_html_()
    assert "&lt;b&gt;0" in shown or not size
    assert "<b>0" not in shown
    assert not re.search("[0-9a-f]{64}", shown), "what has a digest is shown itself"
    assert f">{result.status.value}</span>" in result._repr_html_()
    verdict = str(result.check).partition(":")[0]
    assert f">{verdict}</span>" in result._repr_html_()
    assert "<table>" in eqsolve.view(instance, result)._repr_html_()
