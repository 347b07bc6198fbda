"""Scan of all profiles of a model market, by definition: the reference for cleverer searches.

Profiles are vectors of counts, run through in falling lexicographic order: all compositions of N
into M parts. Each costs O(|used| M K), under softmax O(|used|**2 M K), less when an early
deviation gains. Shapes: `ranks` and `worth` are (M, K), `ratios` (M, M, K), `counts` is (M,).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["next_profile", "scan_profiles"]


@kernel
def next_profile(counts: IntArray) -> bool:
    """Step to the next composition in place; return False after the last one."""
    last = len(counts) - 1
    place = last - 1
    while place >= 0 and counts[place] == 0:
        place -= 1
    if place < 0:
        return False
    rest = counts[last] + 1
    counts[last] = 0
    counts[place] -= 1
    counts[place + 1] = rest
    return True


@kernel
def _entry_payoff(
    ranks: IntArray,
    worth: FloatArray,
    ratios: FloatArray,
    counts: IntArray,
    model: int,
    hardmax: bool,
) -> float:
    """Return what one more platform with `model` earns beside `counts`."""
    total = 0.0
    for q in range(ranks.shape[1]):
        crowd = 1.0
        for other in range(len(counts)):
            if counts[other] == 0:
                continue
            if hardmax:
                if ranks[other, q] > ranks[model, q]:
                    crowd = np.inf
                    break
                if ranks[other, q] == ranks[model, q]:
                    crowd += counts[other]
            else:
                crowd += counts[other] * ratios[model, other, q]
        total += worth[model, q] / crowd
    return total


@kernel
def scan_profiles(
    ranks: IntArray,
    worth: FloatArray,
    ratios: FloatArray,
    counts: IntArray,
    hardmax: bool,
    slack: float,
    found: IntArray,
    stop: npt.NDArray[np.uint8],
) -> tuple[int, int, bool]:
    """Look at profiles from `counts` on until the last, a full buffer or the stop flag.

    Parameters
    ----------
    ranks : shape (M, K): order of the models for each type, equal for equal scores.
    worth : shape (M, K): weight times score.
    ratios : shape (M, M, K): ``exp(beta (S[other] - S[model]))`` at [model, other], softmax only.
    counts : shape (M,): profile to begin with; modified in place, where to go on.
    hardmax : the rule of choice.
    slack : relative gain that is let pass, so that no equilibrium is lost to rounding.
    found : shape (capacity, M): profiles without a gain beyond `slack` are written here.
    stop : looked at after each profile.

    Returns
    -------
    n_found, n_seen, finished.
    """
    n_models = len(counts)
    n_found = 0
    n_seen = 0
    while True:
        if n_found == len(found) or stop[0]:
            return n_found, n_seen, False
        n_seen += 1
        stable = True
        for model in range(n_models):
            if counts[model] == 0:
                continue
            counts[model] -= 1
            now = _entry_payoff(ranks, worth, ratios, counts, model, hardmax)
            for other in range(n_models):
                if other != model:
                    gained = _entry_payoff(ranks, worth, ratios, counts, other, hardmax)
                    if gained - now > slack * gained:
                        stable = False
                        break
            counts[model] += 1
            if not stable:
                break
        if stable:
            found[n_found] = counts
            n_found += 1
        if not next_profile(counts):
            return n_found, n_seen, True
