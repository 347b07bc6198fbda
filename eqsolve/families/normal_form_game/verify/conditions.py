"""Is a claimed result of a normal-form game right? Every condition, and who breaks it.

Works from the payoffs and the claim alone; shares no code with the solvers. Each claimed profile
is compared with every deviation. That a list is complete, or that there is nothing to list, is
rechecked by a sieve: the profiles where player 0 plays a best reply, of these the ones where
player 1 does, and so on. O(P N) time for P profiles and N players at worst.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, NumberArray, is_integral
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["verify"]

_BLOCK = 1 << 20
"""Payoffs gathered at a time."""


def verify(
    game: NormalFormGame,
    result: Result[NormalFormSolution] | NormalFormSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `game`.

    Parameters
    ----------
    game : the instance.
    result : what is claimed; a bare solution is claimed to hold equilibria, and all of them if it
        says so.
    tolerance : relative. Games with exact payoffs are compared exactly, except for restated
        payoffs that are no whole numbers. In games with float payoffs a gain within the tolerance
        is no violation; a complete list must still hold every exact equilibrium.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.normal_form_game.solve import pure_equilibria
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    >>> str(verify(game, pure_equilibria(game)))
    'valid: 7 conditions hold exactly'
    """
    claim = claim_of(result)
    # Payoffs are compared, never added: the scale of others' payoffs excuses nothing.
    builder = ReportBuilder(EXACT if game.is_integral else Tolerances(tolerance), 0.0, deadline)
    solution = claim.solution
    if solution is not None and _check_profiles(builder, game, solution.profiles):
        _check_deviations(builder, game, solution)
        _check_payoffs(builder, game, solution, tolerance)
    if claim.status is Status.NO_EQUILIBRIUM or (solution is not None and solution.exhaustive):
        _check_complete(builder, game, solution)
    _check_status(builder, game, claim, bare=claim is not result)
    _check_counts(builder, game, claim)
    return builder.finish()


def _check_profiles(builder: ReportBuilder, game: NormalFormGame, profiles: IntArray) -> bool:
    """Check that the claimed profiles are profiles of the game, each listed once."""
    problems = []
    if profiles.ndim != 2 or profiles.shape[1:] != (game.n_players,):
        problems.append(f"profiles have shape {profiles.shape}, not (k, {game.n_players})")
    else:
        sizes = np.array(game.n_strategies)
        for row, player in np.argwhere((profiles < 0) | (profiles >= sizes)).tolist():
            problems.append(
                f"equilibrium {row}: {game.label('players', player)} plays strategy "
                f"{profiles[row, player]}, but has {sizes[player]} strategies"
            )
        kinds, first, times = np.unique(profiles, axis=0, return_index=True, return_counts=True)
        problems += [
            f"equilibrium {first[k]} {game.describe(kinds[k])} is listed {times[k]} times"
            for k in np.flatnonzero(times > 1)
            if not problems
        ]
    return builder.require(
        "normal_form.profiles", "every equilibrium is a profile, listed once", problems
    )


def _lines_through(game: NormalFormGame, profiles: IntArray, player: int) -> NumberArray:
    """Return the payoffs of a player in its lines through the profiles, shape (k, a_player).

    Whole payoffs beyond 2**61 become Python integers, since differences could overflow.
    """
    own = np.moveaxis(game.payoffs[..., player], player, -1)
    others = np.delete(profiles, player, axis=1)
    lines: NumberArray = own[tuple(others.T)] if game.n_players > 1 else own[None, :]
    lines = np.broadcast_to(lines, (len(profiles), own.shape[-1]))
    if is_integral(lines) and lines.size and max(lines.max(), -(lines.min() + 1)) >= 2**61:
        lines = lines.astype(object)
    return lines


def _distinct_lines(
    game: NormalFormGame, profiles: IntArray, player: int
) -> tuple[IntArray, IntArray]:
    """Return the first profile in each line of a player, and the line of each profile."""
    sizes = [size for other, size in enumerate(game.n_strategies) if other != player]
    others = np.delete(profiles, player, axis=1)
    flat = np.ravel_multi_index(tuple(others.T), sizes) if sizes else np.zeros(len(profiles), int)
    _, first, line = np.unique(flat, return_index=True, return_inverse=True)
    return first, line


def _check_deviations(
    builder: ReportBuilder, game: NormalFormGame, solution: NormalFormSolution
) -> None:
    """Check that no player gains in any claimed profile, and the claimed strict flags."""
    profiles, n = solution.profiles, game.n_players
    shape = (len(profiles), n)
    gains, sizes = np.zeros(shape), np.zeros(shape)
    target = np.zeros(shape, dtype=np.int64)
    margin = np.full(shape, math.inf)  # by how much the best other strategy is worse
    for player in range(n):
        # Profiles share lines, and lines are disjoint: all of them hold no more than the game.
        first, line = _distinct_lines(game, profiles, player)
        lines = _lines_through(game, profiles[first], player)
        best, place = lines.max(axis=1), lines.argmax(axis=1)
        own = lines[line, profiles[:, player]]
        target[:, player] = place[line]
        gains[:, player] = (best[line] - own) / game.denominator
        sizes[:, player] = np.maximum(np.abs(best[line]), np.abs(own)) / game.denominator
        if lines.shape[1] > 1:
            others = lines.copy()
            others[np.arange(len(lines)), place] = lines.min(axis=1)
            second = others.max(axis=1)
            is_best = profiles[:, player] == place[line]
            margin[:, player] = own - np.where(is_best, second[line], best[line])
    builder.compare(
        "normal_form.deviation",
        "no player gains by another strategy",
        gains,
        sizes,
        lambda k, i: (
            f"equilibrium {k} {game.describe(profiles[k])}: {game.label('players', i)} gains "
            f"{gains[k, i]:g} with {game.strategy_label(i, int(target[k, i]))}"
        ),
        theorem="NFG-1",
    )
    _check_strict(builder, game, solution, margin, sizes)


def _check_strict(
    builder: ReportBuilder,
    game: NormalFormGame,
    solution: NormalFormSolution,
    margin: FloatArray,
    sizes: FloatArray,
) -> None:
    """Check the flags: a strict equilibrium has positive margins, a weak one some margin 0."""
    slack = builder.tolerances.relative * sizes
    positive = margin > 0
    clear = margin > slack * game.denominator
    problems = []
    if solution.strict.shape != (len(solution),):
        problems.append(f"{len(solution.strict)} flags for {len(solution)} equilibria")
    else:
        wrong = np.where(solution.strict, ~positive.all(axis=1), clear.all(axis=1))
        for k in np.flatnonzero(wrong).tolist():
            place = f"equilibrium {k} {game.describe(solution.profiles[k])}"
            if solution.strict[k]:
                player = int(np.argmin(positive[k]))
                who = game.label("players", player)
                problems.append(f"{place} is called strict, but {who} has an equal alternative")
            else:
                problems.append(f"{place} is called weak, but every deviation loses")
    builder.require("normal_form.strict", "strict means that every deviation loses", problems)


def _check_payoffs(
    builder: ReportBuilder, game: NormalFormGame, solution: NormalFormSolution, tolerance: float
) -> None:
    """Check the restated payoffs; decimals of fractions may be rounded."""
    claimed, true = solution.payoffs, game.payoffs_at(solution.profiles)
    if claimed.shape != true.shape:
        shapes = [f"payoffs have shape {claimed.shape}, not {true.shape}"]
        builder.require("normal_form.payoffs", "claimed payoffs are the game's", shapes)
        return
    off = np.where(claimed == true, 0.0, np.abs(claimed.astype(float) - true.astype(float)))
    if game.is_integral and game.denominator > 1:
        off = np.where(off <= tolerance * np.maximum(1.0, np.abs(true)), 0.0, off)
    elif game.is_integral:
        # Numbers beyond 2**53 may differ by less than their floats can show.
        off = np.where(claimed == true, 0.0, np.maximum(off, 1.0 if is_integral(claimed) else off))
    builder.compare(
        "normal_form.payoffs",
        "claimed payoffs are the game's",
        off,
        np.abs(true),
        lambda k, i: (
            f"equilibrium {k} {game.describe(solution.profiles[k])} pays "
            f"{game.label('players', i)} {true[k, i]}, not {claimed[k, i]}"
        ),
    )


def _check_complete(
    builder: ReportBuilder, game: NormalFormGame, solution: NormalFormSolution | None
) -> None:
    """Check that no equilibrium is missing from the list (from an empty one, if there is none)."""
    listed = set(solution) if solution is not None else set()
    with builder.search("that no other profile is an equilibrium") as poll:
        found = map(tuple, _sieve(game, poll).tolist())
        missing = [profile for profile in found if profile not in listed]
        builder.require(
            "normal_form.complete",
            "every pure equilibrium is listed",
            [f"{game.describe(place)} {place} is a pure equilibrium too" for place in missing],
            theorem="NFG-1",
        )


def _sieve(game: NormalFormGame, poll: Callable[[], None]) -> IntArray:
    """Return all pure equilibria, shape (k, N): survivors of one player after the other."""
    poll()
    own = game.payoffs[..., 0]
    left = np.flatnonzero(own == np.maximum.reduce(own, axis=0))
    step = game.n_profiles
    for player, size in enumerate(game.n_strategies):
        step //= size  # between the places of two strategies of the player, in flat profiles
        if player == 0:
            continue
        rows = max(1, _BLOCK // size)
        blocks = [left[start : start + rows] for start in range(0, len(left), rows)]
        kept = [left[:0]]
        for block in blocks:
            poll()
            kept.append(block[_best_replies(game, block, player, step)])
        left = np.concatenate(kept)
    return np.stack(np.unravel_index(left, game.n_strategies), axis=1)


def _best_replies(game: NormalFormGame, flat: IntArray, player: int, step: int) -> BoolArray:
    """Return in which of the flat profiles the player has the largest payoff of its line."""
    size = game.n_strategies[player]
    first = flat - flat // step % size * step
    payoffs = game.payoffs.reshape(-1)
    lines = payoffs[(first[:, None] + step * np.arange(size)) * game.n_players + player]
    best: BoolArray = payoffs[flat * game.n_players + player] == lines.max(axis=1)
    return best


def _check_status(
    builder: ReportBuilder, game: NormalFormGame, claim: Result[NormalFormSolution], *, bare: bool
) -> None:
    """Check that status, limit and list say the same; a bare solution has no status of its own."""
    problems = []
    solution = claim.solution
    if claim.status is Status.SOLVED and solution is not None and not solution.exhaustive:
        problems.append("status 'solved', but the list is not called exhaustive")
    if (
        claim.status is Status.FEASIBLE
        and solution is not None
        and solution.exhaustive
        and not bare
    ):
        problems.append("an exhaustive list is 'solved', not 'feasible'")
    if solution is not None and not len(solution) and not bare:
        problems.append(
            f"status {claim.status.value!r} with an empty list: that would be 'no_equilibrium'"
        )
    complete = claim.status is Status.NO_EQUILIBRIUM or (
        solution is not None and solution.exhaustive
    )
    if complete and claim.limit is not None:
        problems.append(
            f"an exhaustive list cannot come from a stop by the {claim.limit.value} limit"
        )
    if claim.objective is not None or math.isfinite(claim.bounds.upper) or claim.bounds.source:
        problems.append("an objective or bound is claimed, but games have none")
    builder.require("normal_form.status", "status and list agree", problems)


def _check_counts(
    builder: ReportBuilder, game: NormalFormGame, claim: Result[NormalFormSolution]
) -> None:
    """Check that the certificate, and the run that it is from, counted what there is."""
    solution, certificate = claim.solution, claim.certificate
    if not isinstance(certificate, ExhaustionCertificate):
        return
    true = {
        "profiles": game.n_profiles,
        "payoffs": game.payoffs.size,
        "equilibria": 0 if solution is None else len(solution),
        "strict": 0 if solution is None else int(solution.strict.sum()),
    }
    problems = [
        f"the certificate says {certificate.counts.get(key)} {key}, there are {value}"
        for key, value in true.items()
        if certificate.counts.get(key) != value
    ]
    problems += [
        f"the run counts {claim.stats.counts[key]} {key}, there are {value}"
        for key, value in true.items()
        if claim.stats.counts.get(key, value) != value
    ]
    builder.require(
        "normal_form.certificate",
        "the scan covered every profile, and found what is listed",
        problems,
        theorem="NFG-1",
    )
    if certificate.scanned != "profiles":
        builder.leave(f"what it means that {certificate.scanned!r} were scanned")
