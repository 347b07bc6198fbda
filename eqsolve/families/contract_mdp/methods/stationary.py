"""Without a horizon: a stationary equilibrium where one is found, never a stopped iteration.

1. Backward induction until the actions repeat; these are evaluated exactly (CON-8) and checked.
2. All stationary pure profiles, where they are few: there may be none (CON-12), or several.
3. Mixing of two contracts in one state, by root-finding (CON-13); then in several states.
4. Backward induction over k stages followed by no payments at all: not stationary, and an
   ``epsilon``-equilibrium only (CON-14).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.dynamics import (
    at,
    expected,
    solve_outcomes,
    solve_policy,
    stage_payoffs,
    unpaid,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import (
    Policy,
    SpeMethod,
    StageSolver,
    needs_proofs,
    wrapped,
)
from eqsolve.families.contract_mdp.methods.implementation import least_values
from eqsolve.families.contract_mdp.solution import ContractSolution, Mixed

__all__ = ["Stationary", "stationary_policy"]

PROFILES = 100_000
"""Profiles up to which all are tried."""

_ALTERNATIVES = 500
"""Profiles up to which all are tried although an equilibrium is known."""

_MIXTURES = 20_000
_FEW_STATES = 4
_MOST_STAGES = 5_000

Form = Literal["any", "pure", "mixed", "truncated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationary(SpeMethod):
    """Stationary equilibria of games without a horizon.

    Parameters
    ----------
    form : ``"pure"`` stops after the pure profiles, ``"mixed"`` tries mixtures only,
        ``"truncated"`` goes to the last resort at once; ``"any"`` takes the first that works.
    stages : stages of the last resort; 0 takes as many as bring epsilon below 1e-6 of the rewards.
    """

    name: ClassVar[str] = "stationary"
    summary: ClassVar[str] = "iteration, then profiles, then mixtures, else an epsilon-equilibrium"
    theorem: ClassVar[str] = "CON-8, CON-12, CON-13, CON-14"
    cost: ClassVar[str] = "about 1 / (1 - discount) stages; enumeration is exponential in states"

    form: Form = "any"
    stages: int = 0

    def __post_init__(self) -> None:
        SpeMethod.__post_init__(self)
        if self.stages < 0:
            raise OptionError(f"option stages = {self.stages}: must be >= 0")

    def supports(self, instance: ContractMDP) -> str | None:
        """Return a reason where there is a horizon, or for what has no stationary theory here."""
        if instance.horizon is not None:
            return "there is a horizon; take backward_induction"
        if self.contracts == "linear":
            return "linear contracts are solved with a horizon only"
        if self.nudge:
            return "nudges are for games with a horizon, and for the question target"
        return SpeMethod.supports(self, instance)

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Solve; `rng` is not used."""
        with deadline.watching():
            return _Search(self, instance, deadline).run()


def stationary_policy(solver: StageSolver, actions: IntArray) -> tuple[Policy, float] | None:
    """Return a pure stationary profile with its cheapest contracts, and her greatest gain.

    None where some action cannot be induced.
    """
    mdp = solver.mdp
    found = least_values(solver, [(actions, np.ones(mdp.n_states))])
    if found is None:
        return None
    his, [offer] = found
    welfare = at(mdp.agent_rewards + expected(mdp, mdp.principal_rewards), actions)
    hers = solve_policy(mdp, actions, welfare) - his
    policy = Policy.empty(mdp, 1, "stationary")
    policy.actions[0], policy.contracts[0] = actions, offer.contracts
    policy.payments[0] = offer.payments
    policy.his[0], policy.hers[0] = his, hers
    best, _, value = solver.best(his, hers, keep=needs_proofs(mdp, 1))
    policy.duals[0] = best.duals
    policy.ties = int(_tied(solver, actions, his, hers, value).sum())
    return policy, float((value - hers).max(initial=0.0))


def _tied(
    solver: StageSolver, actions: IntArray, his: FloatArray, hers: FloatArray, value: FloatArray
) -> Any:
    """Return in which states another action is as good for her and not for him."""
    mdp = solver.mdp
    q, gains = stage_payoffs(mdp, his, hers)
    tied = np.zeros(mdp.n_states, dtype=bool)
    for a in range(mdp.n_actions):
        other = np.where(mdp.exists[:, a] & (actions != a), a, -1)
        payments = solver.engine.cheapest_contracts(mdp.probabilities, q, mdp.exists, other)[0]
        there = (other >= 0) & np.isfinite(payments)
        paid = np.where(there, payments, 0.0)
        as_good = at(gains, other) - paid >= value - 1e-9 * np.abs(value) - solver.tie
        tied |= (
            there & as_good & (np.abs(at(q, other) + paid - his) > 1e-9 * np.abs(his) + solver.tie)
        )
    return tied


class _Search:
    """One run of the order of attack."""

    def __init__(self, method: Stationary, mdp: ContractMDP, deadline: Deadline) -> None:
        self.method, self.mdp, self.deadline = method, mdp, deadline
        options = [np.flatnonzero(row).tolist() or [-1] for row in mdp.exists]
        self.options = options
        self.n_profiles = math.prod(map(len, options))
        rounds = min(2000, math.ceil(-30 / math.log(mdp.discount)) + 10)
        work = rounds if self.n_profiles > PROFILES else rounds + 4 * self.n_profiles
        self.rounds = rounds
        self.solver = StageSolver(mdp, work, tie=method.tie, deadline=deadline)
        self.slack = 1e-9 * mdp.scale / (1 - mdp.discount)
        self.counts: dict[str, int | float | str] = {}

    def run(self) -> Outcome[ContractSolution]:
        """Try one thing after the other."""
        form = self.method.form
        pure: Policy | None = None
        tried = False
        others: list[IntArray] = []
        if form in ("any", "pure"):
            pure = self.iterate()
            few = self.n_profiles <= (_ALTERNATIVES if pure is not None else PROFILES)
            if few and not self.deadline.expired():
                found = self.enumerate()
                tried = found is not None
                others = [] if found is None else found
            if pure is None and others:
                pure = self.checked(others[0])
            if pure is not None:
                mine = pure.actions[0].tolist()
                rest = tuple(tuple(a.tolist()) for a in others if a.tolist() != mine)
                pure.extra = {"pure_exhaustive": tried, "alternatives": rest}
                return self.solved(pure)
            if form == "pure":
                return self.no_pure(tried)
        if form in ("any", "mixed") and not self.deadline.expired():
            mixed = self.mix_one() or self.mix_several()
            if mixed is not None:
                mixed.extra = {"pure_exhaustive": tried, "alternatives": ()}
                return self.solved(mixed)
        return self.truncated()

    def solved(self, policy: Policy) -> Outcome[ContractSolution]:
        """Return a verified equilibrium."""
        self.counts["programs"] = self.solver.programs
        return wrapped(self.mdp, policy, method=self.method.name, counts=self.counts)

    def no_pure(self, tried: bool) -> Outcome[ContractSolution]:
        """Return that there is no pure stationary equilibrium, if all were tried."""
        if not tried:
            return Outcome(status=Status.UNKNOWN, limit=self.deadline.limit, counts=self.counts)
        rule = "a stationary pure profile is an equilibrium iff no one-shot deviation gains"
        counts = {"profiles": self.n_profiles}
        return Outcome(
            status=Status.NO_EQUILIBRIUM,
            certificate=ExhaustionCertificate("stationary pure profiles", rule, counts),
            method=self.method.name,
            counts={**self.counts, **counts},
        )

    def iterate(self) -> Policy | None:
        """Return the profile at which backward induction stays, if it is an equilibrium."""
        his = hers = np.zeros(self.mdp.n_states)
        last, seen = None, set()
        for k in range(self.rounds):
            if self.deadline.expired():
                return None
            found, his, hers = self.solver.best(his, hers)
            key = found.actions.tobytes()
            if key == last and key not in seen:
                seen.add(key)
                policy = self.checked(found.actions)
                if policy is not None:
                    self.counts["stages"] = k + 1
                    return policy
            last = key
        return None

    def checked(self, actions: IntArray) -> Policy | None:
        """Return a profile's policy if it is an equilibrium."""
        found = stationary_policy(self.solver, actions)
        return found[0] if found is not None and found[1] <= self.slack else None

    def profiles(self) -> Iterator[IntArray]:
        """Yield all profiles in lexicographic order."""
        for actions in itertools.product(*self.options):
            yield np.array(actions, dtype=np.int64)

    def enumerate(self) -> list[IntArray] | None:
        """Return all profiles that are equilibria, None when stopped."""
        found = []
        for actions in self.profiles():
            if self.deadline.expired():
                return None
            if self.checked(actions) is not None:
                found.append(actions)
        self.counts["profiles"] = self.n_profiles
        return found

    def mix_one(self) -> Policy | None:
        """Return an equilibrium that draws from two contracts in one state, if one is found."""
        from scipy.optimize import brentq

        pairs = sum(math.comb(len(options), 2) * self.n_profiles // len(options)
                    for options in self.options)  # fmt: skip
        if pairs > _MIXTURES:
            return None
        grid = (0.0, 1.0), tuple(np.linspace(0, 1, 9).tolist())
        for points in grid:
            for s, options in enumerate(self.options):
                rest = [o if k != s else [options[0]] for k, o in enumerate(self.options)]
                for others in itertools.product(*rest):
                    for one, two in itertools.combinations(options, 2):
                        if self.deadline.expired():
                            return None
                        first = np.array(others, dtype=np.int64)
                        first[s] = one
                        second = first.copy()
                        second[s] = two
                        gaps = [self.difference(first, second, s, p) for p in points]
                        for k in range(len(points) - 1):
                            low, high = gaps[k], gaps[k + 1]
                            if low is None or high is None or low * high > 0:
                                continue
                            root = points[k] if low == 0 else points[k + 1]
                            if low * high < 0:
                                root = brentq(
                                    lambda p: self.difference(first, second, s, p) or 0.0,  # noqa: B023
                                    points[k], points[k + 1], xtol=1e-15, rtol=1e-14,
                                )  # fmt: skip
                            policy = self.mixture([(first, second, float(root))], [s])
                            if policy is not None:
                                return policy
        return None

    def difference(self, first: IntArray, second: IntArray, s: int, p: float) -> float | None:
        """Return by how much she prefers the first action in a state, given the mixture."""
        found = self.values(first, second, np.where(np.arange(len(first)) == s, p, 1.0))
        return None if found is None else float(found[2][s])

    def values(
        self, first: IntArray, second: IntArray, chance: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, list[Any]] | None:
        """Return his and her values, her preference for the first actions, and the offers.

        In each state the first action is induced with probability `chance`, else the second.
        """
        mdp = self.mdp
        parts = [(first, chance), (second, 1.0 - chance)]
        found = least_values(self.solver, parts)
        if found is None:
            return None
        his, offers = found
        total = mdp.agent_rewards + expected(mdp, mdp.principal_rewards)
        welfare, drawn = np.zeros(mdp.n_states), np.zeros((mdp.n_states, mdp.n_outcomes))
        for actions, p in parts:
            alive = np.flatnonzero(actions >= 0)
            drawn[alive] += p[alive, None] * mdp.probabilities[alive, actions[alive]]
            welfare += p * at(total, actions)
        hers = solve_outcomes(mdp, drawn, welfare) - his
        _, gains = stage_payoffs(mdp, his, hers)
        worth = [
            at(gains, actions) - offer.payments
            for (actions, _), offer in zip(parts, offers, strict=True)
        ]
        told = [(*part, offer) for part, offer in zip(parts, offers, strict=True)]
        return his, hers, worth[0] - worth[1], told

    def mixture(
        self, parts: list[tuple[IntArray, IntArray, float]], states: list[int]
    ) -> Policy | None:
        """Return the mixture of two profiles if it is an equilibrium.

        Parameters
        ----------
        parts : the two profiles, which differ in `states`, and the probability for each state.
        """
        mdp = self.mdp
        first, second = parts[0][:2]
        chance = np.ones(mdp.n_states)
        chance[states] = [part[2] for part in parts]
        if ((chance < 0) | (chance > 1)).any():
            return None
        found = self.values(first, second, chance)
        if found is None:
            return None
        his, hers, preference, offers = found
        _, _, best = self.solver.best(his, hers)
        inside = np.isin(np.arange(mdp.n_states), states) & (chance > 0) & (chance < 1)
        if (best - hers).max() > self.slack or np.abs(preference[inside]).max(
            initial=0
        ) > self.slack:
            return None
        policy = Policy.empty(mdp, 1, "mixed")
        policy.his[0], policy.hers[0] = his, hers
        policy.payments[0] = sum(p * offer.payments for _, p, offer in offers)
        mixture = []
        for s in np.flatnonzero(~mdp.terminal).tolist():
            top = 0.0
            for actions, p, offer in offers:
                if p[s] <= 0:
                    continue
                contract = offer.contracts[s, : mdp.n_outcomes_of[s]]
                mixture.append(Mixed(s, int(actions[s]), tuple(contract.tolist()), float(p[s])))
                if p[s] > top:
                    top = float(p[s])
                    policy.actions[0, s], policy.contracts[0, s] = actions[s], offer.contracts[s]
        policy.mixture = tuple(mixture)
        policy.ties = None
        return policy

    def mix_several(self) -> Policy | None:
        """Return an equilibrium that mixes in two or more states, if root-finding meets one."""
        from scipy.optimize import root

        mdp = self.mdp
        alive = np.flatnonzero(~mdp.terminal).tolist()
        if len(alive) > _FEW_STATES or self.n_profiles > 2000:
            return None
        for size in range(2, len(alive) + 1):
            for states in itertools.combinations(alive, size):
                choices = [
                    list(itertools.combinations(self.options[s], 2))
                    if s in states
                    else [(a, a) for a in self.options[s]]
                    for s in range(mdp.n_states)
                ]
                for pick in itertools.product(*choices):
                    first = np.array([pair[0] for pair in pick], dtype=np.int64)
                    second = np.array([pair[1] for pair in pick], dtype=np.int64)

                    def gaps(x: FloatArray, one: IntArray = first, two: IntArray = second,
                             where: tuple[int, ...] = states) -> FloatArray:  # fmt: skip
                        chance = np.ones(mdp.n_states)
                        chance[list(where)] = np.clip(x, 0, 1)
                        found = self.values(one, two, chance)
                        inside = x - np.clip(x, 0, 1)
                        if found is None:
                            return np.full(len(where), 1e3)
                        return found[2][list(where)] + inside

                    for begin in (0.5, 0.2, 0.8):
                        if self.deadline.expired():
                            return None
                        found = root(gaps, np.full(size, begin), tol=1e-13)
                        if not found.success:
                            continue
                        parts = [(first, second, float(x)) for x in np.clip(found.x, 0, 1)]
                        policy = self.mixture(parts, list(states))
                        if policy is not None:
                            return policy
        return None

    def truncated(self) -> Outcome[ContractSolution]:
        """Return backward induction over many stages, then no payments for ever."""
        mdp = self.mdp
        tail, hers = unpaid(mdp)
        his = tail.values
        stages = self.method.stages
        if not stages:
            spread = float(np.ptp(hers)) + mdp.scale
            wanted = math.log(1e-6 * mdp.scale / spread) if mdp.scale else 0.0
            stages = min(max(1, math.ceil(wanted / math.log(mdp.discount))), _MOST_STAGES)
        policy = Policy.empty(mdp, stages + 1, "truncated")
        policy.ties = None
        policy.actions[-1], policy.his[-1], policy.hers[-1] = tail.actions, his, hers
        gain = 0.0
        for t in reversed(range(stages)):
            if self.deadline.expired():
                return Outcome(status=Status.UNKNOWN, limit=self.deadline.limit)
            before = hers
            found, his, hers = self.solver.best(his, hers, keep=needs_proofs(mdp, stages))
            if t == stages - 1:
                gain = float((hers - before).max(initial=0.0))
            policy.actions[t], policy.contracts[t] = found.actions, found.contracts
            policy.his[t], policy.hers[t], policy.payments[t] = his, hers, found.payments
            policy.duals[t] = found.duals
        self.counts |= {"stages": stages, "programs": self.solver.programs}
        return wrapped(
            mdp,
            policy,
            status=Status.FEASIBLE,
            limit=self.deadline.limit,
            epsilon=mdp.discount**stages * max(gain, 0.0),
            method=self.method.name,
            counts=self.counts,
        )
