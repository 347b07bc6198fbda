"""Solution files: what every kind shares."""

from __future__ import annotations

import pytest

from eqsolve import AssignmentMarket, solve
from eqsolve.core.errors import FormatError
from eqsolve.io.solutions import read_solution, solution_document

MARKET = AssignmentMarket([[5, 3], [4, 1]])


def test_another_format_version_is_refused():
    document = solution_document(MARKET, solve(MARKET)) | {"eqsolve": 2}
    with pytest.raises(FormatError, match="eqsolve = 2: must be 1, the format version"):
        read_solution(document, "it", MARKET)


def test_an_unknown_source_of_a_bound_is_refused():
    document = solution_document(MARKET, solve(MARKET)) | {"bound_source": "hearsay"}
    with pytest.raises(FormatError, match="must be one of certified, exhaustive, backend, or null"):
        read_solution(document, "it", MARKET)


def test_options_and_counts_come_back():
    result = solve(MARKET, prices="min")
    again = read_solution(solution_document(MARKET, result), "it", MARKET).result
    assert again.stats.options == result.stats.options
    assert again.stats.counts == result.stats.counts
