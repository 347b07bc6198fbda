"""Do two treatments differ? Welch's t, Mann-Whitney and Kolmogorov-Smirnov, corrected after Holm.

All three take their observations as independent. Rounds of one session are not, so that the same
tests are also offered on session means, which are; with few sessions those find little.

Source: Welch (1947); Mann and Whitney (1947); Holm (1979).
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["TESTS", "Comparison", "compare", "compare_all", "holm"]

TESTS = ("welch", "mann_whitney", "kolmogorov_smirnov")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of two treatments.

    Parameters
    ----------
    outcome : what is compared.
    unit : ``"observation"`` or ``"session"``, of what is taken as independent.
    first, second : the treatments.
    test : one of `TESTS`.
    statistic : t, U or D of the first against the second; None where it is not defined.
    p : two-sided, None likewise.
    p_holm : p corrected for all pairs of this outcome, unit and test.
    """

    outcome: str
    unit: str
    first: str
    second: str
    test: str
    statistic: float | None
    p: float | None
    p_holm: float | None

    def to_dict(self) -> dict[str, str | float | None]:
        """Return the fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def compare(
    first: Sequence[float] | FloatArray, second: Sequence[float] | FloatArray, test: str
) -> tuple[float | None, float | None]:
    """Return the statistic of a test and its two-sided p; None where they are not defined.

    Parameters
    ----------
    first, second : observations.
    test : one of `TESTS`.

    Notes
    -----
    Welch's t needs two observations on each side, and some that differ; the others need one.
    Mann-Whitney is exact for small samples without ties, else normal with continuity correction;
    Kolmogorov-Smirnov is exact for up to 10,000 observations where that can be computed.

    Examples
    --------
    >>> statistic, p = compare([1, 2, 3], [2, 4, 6], "welch")
    >>> round(statistic, 4), round(p, 4)
    (-1.5492, 0.2209)
    >>> compare([1, 1], [1, 1], "welch")
    (None, None)
    """
    from scipy import stats

    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if test == "welch":
        return _welch(a, b)
    if not len(a) or not len(b):
        return None, None
    if test == "mann_whitney":
        found = stats.mannwhitneyu(a, b, alternative="two-sided")
    else:
        with warnings.catch_warnings():
            # Where the exact distribution cannot be computed the limiting one is used.
            warnings.simplefilter("ignore", RuntimeWarning)
            found = stats.ks_2samp(a, b)
    return float(found.statistic), float(found.pvalue)


def _welch(a: FloatArray, b: FloatArray) -> tuple[float | None, float | None]:
    """Return Welch's t and its p by the degrees of freedom of Satterthwaite."""
    from scipy import stats

    if min(len(a), len(b)) < 2 or (np.ptp(a) == 0 and np.ptp(b) == 0):
        return None, None
    parts = [float(x.var(ddof=1)) / len(x) for x in (a, b)]
    t = float(a.mean() - b.mean()) / math.sqrt(sum(parts))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
    return t, float(2 * stats.t.sf(abs(t), freedom))


def compare_all(
    outcome: str, samples: Mapping[str, Sequence[float] | FloatArray], unit: str = "observation"
) -> list[Comparison]:
    """Return every test of every pair of treatments, corrected after Holm within each test.

    Parameters
    ----------
    outcome : what the samples are, for the reader.
    samples : treatment -> observations.
    unit : of what is taken as independent, for the reader.
    """
    found = []
    pairs = list(itertools.combinations(samples, 2))
    for test in TESTS:
        results = [compare(samples[one], samples[other], test) for one, other in pairs]
        corrected = holm([p for _, p in results])
        found += [
            Comparison(outcome, unit, one, other, test, statistic, p, p_holm)
            for (one, other), (statistic, p), p_holm in zip(pairs, results, corrected, strict=True)
        ]
    return found


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected after Holm: all that are smaller than a level may be believed.

    The chance that any true hypothesis is rejected is then at most the level, whatever the tests
    have to do with each other. Undefined ones are not counted.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, None])
    [0.03, 0.06, 0.06, None]
    """
    order = sorted((p, k) for k, p in enumerate(p_values) if p is not None)
    found: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, k) in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p))
        found[k] = largest
    return found
