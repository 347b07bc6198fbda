"""A claim of which a condition or a step is broken is false, and the search finds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eqsolve.theorems import attack, theorems


@dataclass(frozen=True)
class Wrong:
    """A theorem made false.

    Parameters
    ----------
    id : of the theorem; ``why`` : what is wrong with it now.
    names : module below ``eqsolve.families`` and name -> function that makes a wrong one of it.
    theorem : fields of the theorem that are others: functions, or names of those of the family's
        module of theorems.
    """

    id: str
    why: str
    names: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    theorem: Mapping[str, Any] = field(default_factory=dict)


def changed(result: Any, **fields: Any) -> Any:
    """Return a result with other fields in its solution."""
    return replace(result, solution=replace(result.require(), **fields))


def _dominant(right: Any) -> Any:
    def half(market: Any) -> Any:
        q = int(market.weights.argmax())
        if 2 * market.weights[q] >= market.weights.sum():
            return q, int(market.scores[:, q].argmax())
        return None

    return half


def _homogeneous(right: Any) -> Any:
    def ties_are_free(market: Any) -> list[int]:
        totals = market.scores @ market.weights
        return [
            j
            for j in range(market.n_models)
            if all(
                totals[j] / market.n_platforms
                >= (market.weights * market.scores[k])[market.scores[k] > market.scores[j]].sum()
                for k in range(market.n_models)
            )
        ]

    return ties_are_free


def _one_lost(right: Any) -> Any:
    def solve(market: Any, **options: Any) -> Any:
        result = right(market, **options)
        if result.solution is None:
            return result
        return SimpleNamespace(solution=SimpleNamespace(equilibria=result.solution.equilibria[1:]))

    return solve


def _efficient_suffices(right: Any) -> Any:
    theory = import_module("eqsolve.families.delivery_market.theorems")

    def efficient(market: Any, rows: Any) -> Any:
        best = max(theory._welfare(market, each) for each in theory._sets(market))
        return SimpleNamespace(
            supported=theory._welfare(market, rows) >= best - 1e-9, solution=None
        )

    return efficient


def _corner(right: Any) -> Any:
    def mixed(market: Any, **options: Any) -> Any:
        result = right(market, **options)
        ends = result.require()
        odd = np.arange(market.n_sellers) % 2 == 1
        return changed(result, prices=np.where(odd, ends.price_min, ends.price_max))

    return mixed


def _one_pair_less(right: Any) -> Any:
    def solve(market: Any, **options: Any) -> Any:
        result = right(market, **options)
        return changed(result, pairs=result.require().pairs[1:])

    return solve


def _ends_exchanged(right: Any) -> Any:
    def solution(market: Any) -> Any:
        found = right(market)
        return replace(found, price_min=found.price_max, price_max=found.price_min)

    return solution


def _least_prices_owed(right: Any) -> Any:
    def solution(market: Any) -> Any:
        found = right(market)
        owed = np.zeros(market.n_buyers, dtype=found.price_min.dtype)
        np.add.at(owed, found.trades[0], found.price_min[found.trades[1]])
        return replace(found, vcg_payments=owed)

    return solution


def _strict_only(right: Any) -> Any:
    def solve(game: Any) -> Any:
        solution = right(game).solution
        if solution is None:
            return SimpleNamespace(solution=None)
        pairs = zip(solution, solution.strict, strict=True)
        return SimpleNamespace(solution=[profile for profile, strict in pairs if strict])

    return solve


def _without_rounds(right: Any) -> Any:
    return lambda values, money, spending, kept, power, quasi, rounds, stop: rounds


def _every_agent_knows_all(right: Any) -> Any:
    def posteriors(model: Any, histories: Any) -> Any:
        return [
            replace(entry, local=(entry.joint,) * model.n_agents)
            for entry in right(model, histories)
        ]

    return posteriors


def _likeliest_shared(right: Any) -> Any:
    def posteriors(model: Any, histories: Any) -> Any:
        return [replace(entry, shared=entry.shared[:1]) for entry in right(model, histories)]

    return posteriors


def _always_observable(right: Any) -> Any:
    return lambda model: replace(
        right(model), collectively_observable=True, ambiguous_history=None, states_left=()
    )


def _as_all_together(right: Any) -> Any:
    def observe(model: Any) -> Any:
        found = right(model)
        return replace(found, shared_identifiable=found.collectively_observable)

    return observe


def _another_seed(plan: Any) -> Any:
    return type(plan)(
        plan.market, queries=plan.queries, answerer=plan.answerer, learner=plan.learner,
        acquisition=plan.acquisition, seed=plan.seed + 1, noise=plan.noise, reports=plan.reports,
    )  # fmt: skip


def _instead_of_turns(method: str) -> Callable[[Any], Any]:
    def mechanism(right: Any) -> Any:
        return lambda market, **options: right(market, **{**options, "method": method})

    return mechanism


def _undivided(right: Any) -> Any:
    exact = import_module("eqsolve.families.dec_pomdp.denoising.exact")

    class Undivided(exact.Denoiser):  # type: ignore[misc, name-defined]  # of the module
        def jacobian(self, x: Any) -> Any:
            return super().jacobian(x) * self.sigma**2

    def denoiser(*given: Any) -> Any:
        found = right(*given)
        return Undivided(found.states, found.points, found.chances, found.sigma)

    return denoiser


def _smaller_balls(right: Any) -> Any:
    def ball(*given: Any) -> Any:
        found = right(*given)
        return None if found is None else replace(found, radius=found.radius / 2)

    return ball


def _has_groups(plan: Any) -> bool:
    return any(plan.market.groups)


WRONG = [
    Wrong(
        "BIP-7",
        "the ascending auction stops one step too late",
        {
            "assignment_market.kernels.ascending_auction.ascending_auction": lambda right: (
                lambda values, reserves: right(values, reserves + 1)
            )
        },
    ),
    Wrong(
        "BIP-7",
        "Bertsekas' auction is told to be finer than it is",
        {
            "assignment_market.kernels.auction.auction_sparse": lambda right: (
                lambda *given: right(*given)._replace(increment=0)
            )
        },
    ),
    Wrong(
        "BIP-8",
        "any mixture of the two ends, good by good",
        {"assignment_market.theorems.competitive_equilibrium": _corner},
    ),
    Wrong(
        "CAP-1",
        "a pair is left out",
        {"assignment_market.capacity_theorems.competitive_equilibrium": _one_pair_less},
    ),
    Wrong(
        "CAP-2",
        "the ends are taken for each other",
        {"assignment_market.capacity_theorems._solution": _ends_exchanged},
    ),
    Wrong(
        "CAP-3",
        "buyers of several items owe the least prices, too",
        {"assignment_market.capacity_theorems._solution": _least_prices_owed},
    ),
    Wrong(
        "CAP-4",
        "copies for buyers of several items",
        {"assignment_market.capacity_theorems._one_each": lambda right: lambda a: a},
    ),
    Wrong(
        "FIS-1",
        "a tenth more is promised",
        {
            "fisher_market.theorems.fisher_equilibrium": lambda right: (
                lambda market, **options: replace(
                    result := right(market, **options),
                    objective=None if result.objective is None else result.objective - 0.1,
                )
            )
        },
    ),
    Wrong(
        "FIS-2",
        "quasi-linear buyers keep money",
        theorem={"strategy": "quasi_linear_markets", "applies": "_all_wanted"},
    ),
    Wrong(
        "FIS-3",
        "budgets differ",
        theorem={"strategy": "linear_fisher_markets", "applies": "_all_wanted"},
    ),
    Wrong(
        "FIS-4",
        "utilities are linear",
        theorem={"strategy": "linear_fisher_markets", "applies": "_all_wanted"},
    ),
    Wrong(
        "FIS-5",
        "rounds are counted and not run",
        {"fisher_market.kernels.proportional_response.respond": _without_rounds},
    ),
    Wrong(
        "FIS-6",
        "money has no other use",
        theorem={"strategy": "linear_fisher_markets", "applies": "_all_wanted"},
    ),
    Wrong(
        "NFG-1",
        "only strict equilibria are listed",
        {"normal_form_game.theorems.pure_equilibria": _strict_only},
    ),
    Wrong(
        "NFG-2",
        "one sink is said to be all",
        {"normal_form_game.theorems.sink_components": lambda right: lambda game: right(game)[:1]},
    ),
    Wrong(
        "NFG-3",
        "weak dominance keeps every equilibrium",
        {
            "normal_form_game.theorems.dominance": lambda right: (
                lambda game, **options: right(game, kind="weak")
            )
        },
    ),
    Wrong(
        "NFG-4",
        "any potential that rises with gains tells their size",
        {
            "normal_form_game.theorems.potential": lambda right: (
                lambda game: right(game, kind="generalized_ordinal")
            )
        },
    ),
    Wrong(
        "NFG-5",
        "what has no exact potential has an improvement cycle",
        {"normal_form_game.theorems.potential": lambda right: lambda game, **options: right(game)},
    ),
    Wrong(
        "NFG-6",
        "generalized ordinal implies ordinal",
        {
            "normal_form_game.theorems.potential": lambda right: (
                lambda game, kind="exact": right(
                    game,
                    kind={"ordinal": "generalized_ordinal", "generalized_ordinal": "ordinal"}.get(
                        kind, kind
                    ),
                )
            )
        },
    ),
    Wrong(
        "NASH-1",
        "shares are not set against equal ones",
        {
            "model_market.theorems.decomposition": lambda right: (
                lambda market, counts: right(market, counts) + market.scores @ market.weights
            )
        },
    ),
    Wrong(
        "NASH-2",
        "an equilibrium is lost",
        {"model_market.theorems.market_equilibria": _one_lost},
    ),
    Wrong(
        "NASH-3",
        "an entrant gets nothing of the types tied",
        {"model_market.theorems.homogeneous_equilibria": _homogeneous},
    ),
    Wrong("NASH-4", "half of the mass", {"model_market.theorems.dominant_type": _dominant}),
    Wrong(
        "NASH-5",
        "different models are enough",
        {
            "model_market.theorems.is_differentiated_equilibrium": lambda right: (
                lambda market, profile: True
            )
        },
    ),
    Wrong(
        "NASH-6",
        "two platforms are many",
        {
            "model_market.theorems.support_threshold": lambda right: (
                lambda market: None if right(market) is None else 2
            )
        },
    ),
    Wrong(
        "TIP-0",
        "every efficient set is supported, and no other",
        {"delivery_market.theorems.support": _efficient_suffices},
    ),
    Wrong(
        "TIP-1",
        "deliveries may be forbidden",
        theorem={"strategy": "rival_courier_markets", "applies": "_is_small"},
    ),
    Wrong("TIP-2", "couriers are short", theorem={"applies": "_is_finite"}),
    Wrong(
        "TIP-3",
        "tips never help",
        {
            "delivery_market.theorems.with_tips": lambda right: (
                lambda market, tips: right(market, not tips)
            )
        },
    ),
    Wrong(
        "TIP-5",
        "an efficient set that leaves couriers idle",
        theorem={"strategy": "rival_courier_markets", "claim": "_tip_4"},
    ),
    Wrong(
        "TIP-6",
        "what is best for the platform is best for buyers",
        {
            "delivery_market.theorems.tipped_equilibrium": lambda right: (
                lambda market, choose="none", **options: right(
                    market, choose="cash_flow" if choose == "buyers" else choose, **options
                )
            )
        },
    ),
    Wrong(
        "DEC-1",
        "each agent knows what all together know",
        {"dec_pomdp.theorems.posteriors_of": _every_agent_knows_all},
    ),
    Wrong(
        "DEC-2",
        "all together can always tell the state",
        {"dec_pomdp.theorems.observe": _always_observable},
    ),
    Wrong(
        "DEC-3",
        "one state is shared at most",
        {"dec_pomdp.theorems.posteriors_of": _likeliest_shared},
    ),
    Wrong(
        "DEC-3-unique",
        "all together see the state, but not agent by agent",
        theorem={"strategy": "told_apart_dec_pomdps", "applies": "_one_step_without_actions"},
    ),
    Wrong("DEC-4", "all together, hence each alone", theorem={"claim": "_not_unique"}),
    Wrong(
        "DEC-4-search",
        "what all together can tell is shared",
        {"dec_pomdp.theorems.observe": _as_all_together},
        theorem={"strategy": "told_apart_dec_pomdps"},
    ),
    Wrong(
        "DEC-5",
        "what agents see hangs together",
        theorem={"strategy": "told_apart_dec_pomdps"},
    ),
    Wrong(
        "CRS-9",
        "one course a turn is truthful",
        {"course_allocation.theorems_mechanisms.solve": _instead_of_turns("draft")},
        theorem={"strategy": "single_seat_course_allocations"},
    ),
    Wrong(
        "CRS-9e",
        "whoever does not care is never in the way",
        theorem={"strategy": "course_allocations", "applies": lambda market: True},
    ),
    Wrong(
        "CRS-10",
        "all courses at once are fair up to one",
        {"course_allocation.theorems_mechanisms.solve": _instead_of_turns("serial_dictatorship")},
    ),
    Wrong("CRS-10w", "with any number of seats"),
    Wrong(
        "CRS-11",
        "the chance that minimises cross entropy minimises every loss",
        {
            "course_elicitation.theorems._best_chance": lambda right: (
                lambda error, shape: 1.0 - error
            )
        },
    ),
    Wrong(
        "CRS-11-answer",
        "answers move the belief the other way",
        {"course_elicitation.learning.bayes._density": lambda right: lambda z: -right(z)},
    ),
    Wrong(
        "CRS-11-prefix",
        "whatever the seed, the same queries are asked first",
        {
            "course_elicitation.theorems._shorter": lambda right: (
                lambda plan: _another_seed(right(plan))
            )
        },
    ),
    Wrong(
        "CRS-11-report",
        "groups are reported without loss",
        theorem={"applies": _has_groups},
    ),
    Wrong(
        "DEN-1",
        "the covariance alone",
        {"dec_pomdp.claims.denoiser_of": _undivided},
    ),
    Wrong(
        "DEN-2",
        "balls are half as large",
        {"dec_pomdp.theorems_denoising.ball_around": _smaller_balls},
    ),
    Wrong(
        "DEN-3",
        "a map rests where it moves the center to",
        {"dec_pomdp.theorems_denoising.banach_radius": lambda right: lambda slope, left: left},
    ),
    Wrong(
        "DEN-4",
        "with any noise",
        {"dec_pomdp.theorems_flow.small_noise": lambda right: lambda model: (1.0,)},
    ),
    Wrong(
        "DEN-5",
        "with any noise",
        {"dec_pomdp.theorems_flow.small_noise": lambda right: lambda model: (1.0,)},
    ),
    Wrong("DEN-2-lost", "possible states are never lost"),
    Wrong("DEN-2-more", "at most as many stable fixed points as possible states"),
    Wrong("DEN-5-line", "two agents arrive on a line"),
    Wrong("DEN-5-three", "three agents arrive with one-hot points"),
    Wrong(
        "DEN-5-two",
        "three agents",
        theorem={"strategy": "ring_dec_pomdps", "applies": "_one_step_without_actions"},
    ),
    Wrong(
        "DEN-6",
        "three agents",
        theorem={"strategy": "ring_dec_pomdps", "applies": "_one_step_without_actions"},
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.id}: {wrong.why}")
def test_what_is_made_false_is_refuted(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    (theorem,) = theorems(wrong.id)
    for path, make in wrong.names.items():
        module, name = f"eqsolve.families.{path}".rsplit(".", 1)
        monkeypatch.setattr(import_module(module), name, make(getattr(import_module(module), name)))
    own = import_module(f"eqsolve.families.{theorem.kind}.theorems")
    fields = {
        key: value if key == "strategy" or callable(value) else getattr(own, value)
        for key, value in wrong.theorem.items()
    }
    wrongly = replace(theorem, can_happen=False, **fields)
    # What is drawn depends on the modules that are loaded: one search may miss what is there.
    searches = (attack(wrongly, examples=300, seed=seed) for seed in range(5))
    found = next((finding for finding in searches if finding.refuted), None)
    assert found is not None
    assert not found.broken, found.message
