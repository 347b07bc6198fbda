"""Is a claimed contract policy right? Every condition of the definition, and who breaks it.

Works from the instance, the actions and the contracts alone: values are recomputed by backward
induction or a linear system. By the one-shot deviation principle (CON-5) it is then enough that
nowhere the agent gains by another action under the contract offered, nor the principal by inducing
another action at a proved lower bound of its payment. Any equilibrium passes, whatever it does
where the principal has ties.

Cost: O(T S A O) for the values; small linear programs for the (stage, state, action) triples that
simple bounds leave open, about one for each stage and state.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.claims import (
    check_alternatives,
    check_commitment,
    check_no_pure,
    check_one_shot,
)
from eqsolve.families.contract_mdp.verify.payments import lower_bounds
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["verify"]


def verify(
    mdp: ContractMDP,
    result: Result[ContractSolution] | ContractSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `mdp`.

    Parameters
    ----------
    mdp : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : relative to the largest reward and value.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.contract_mdp.solve import contract_equilibrium
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10])
    >>> verify(problem, contract_equilibrium(problem)).valid
    True
    """
    claim = claim_of(result)
    # What rounding may do to sums over all periods is the floor of every comparison.
    periods = mdp.horizon or 1 / (1 - mdp.discount)
    builder = ReportBuilder(Tolerances(tolerance), mdp.scale * periods, deadline)
    solution = claim.solution
    check = _Check(builder, mdp, claim, bare=claim is not result)
    if solution is None:
        check.without_solution()
    elif check.form(solution):
        check.policy(solution)
    return builder.finish()


class _Check:
    """One verification."""

    def __init__(
        self,
        builder: ReportBuilder,
        mdp: ContractMDP,
        claim: Result[ContractSolution],
        *,
        bare: bool,
    ) -> None:
        self.builder, self.mdp, self.claim, self.bare = builder, mdp, claim, bare
        self.model = Model(mdp)

    def state(self, t: int, s: int) -> str:
        """Return where, in words."""
        return f"stage {t}, {self.mdp.label('states', s)}"

    def without_solution(self) -> None:
        """Check what is said where nothing is held."""
        claim = self.claim
        if claim.status is Status.NO_EQUILIBRIUM:
            check_no_pure(self.builder, self.model, claim)
        elif isinstance(claim.certificate, CycleCertificate):
            self.builder.leave("that the alternation returns to where it was")

    def form(self, solution: ContractSolution) -> bool:
        """Check that the policy has the form it must have."""
        mdp, problems = self.mdp, []
        stages = len(solution.actions)
        if mdp.horizon is None and solution.form == "finite":
            problems.append("a policy for finitely many stages, but there is no horizon")
        if mdp.horizon is not None and solution.form != "finite":
            problems.append(f"a {solution.form} policy, but there are {mdp.horizon} stages")
        if solution.form == "finite" and mdp.horizon is not None and stages != mdp.horizon:
            problems.append(f"{stages} stages, but the horizon is {mdp.horizon}")
        if solution.is_stationary and stages != 1:
            problems.append(f"{stages} stages in a {solution.form} policy")
        if stages == 0:
            problems.append("there is no stage")
        shapes = {
            len(getattr(solution, key)) for key in ("contracts", "agent_values", "principal_values")
        }
        if shapes != {stages}:
            problems.append("actions, contracts and values differ in their number of stages")
        if solution.form == "mixed" and not solution.mixture:
            problems.append("a mixed policy without a mixture")
        if solution.form != "mixed" and solution.mixture:
            problems.append(f"a mixture in a {solution.form} policy")
        passed = self.builder.require(
            "contracts.form", "the policy has the stages that the horizon asks for", problems
        )
        return passed and self.actions_exist(solution)

    def actions_exist(self, solution: ContractSolution) -> bool:
        """Check that every action exists and every payment is possible."""
        mdp, actions = self.mdp, solution.actions
        inside = (actions >= -1) & (actions < mdp.n_actions)
        there = mdp.exists[np.arange(mdp.n_states), np.clip(actions, 0, mdp.n_actions - 1)]
        wrong = np.where(mdp.terminal, actions != -1, ~(inside & (actions >= 0) & there))
        for part in solution.mixture:
            if not mdp.exists[part.state, part.action]:
                wrong[0, part.state] = True
        problems = [
            f"{self.state(t, s)}: action {actions[t, s]} does not exist"
            for t, s in np.argwhere(wrong).tolist()
        ]
        passed = self.builder.require("contracts.actions", "every action exists", problems)
        contracts = solution.contracts
        parts = [np.array(part.contract) for part in solution.mixture]
        lowest = min((float(part.min(initial=0.0)) for part in parts), default=0.0)
        below = np.concatenate([(-contracts).ravel(), [-lowest]])
        finite = bool(np.isfinite(contracts).all())
        width = contracts.shape[2]

        def describe(place: int) -> str:
            if place == contracts.size:
                return f"a contract of the mixture pays {lowest:g}"
            t, s, o = np.unravel_index(place, contracts.shape)
            return (
                f"{self.state(int(t), int(s))}: pays {contracts[t, s, o]:g} for "
                f"{mdp.label('outcomes', int(o))}"
            )

        sound = self.builder.compare(
            "contracts.payments", "payments are >= 0", below, 0.0, describe, theorem="CON-1"
        )
        return passed and sound and finite and width == mdp.n_outcomes

    def policy(self, solution: ContractSolution) -> None:
        """Recompute values, check deviations and every figure."""
        if solution.form == "mixed":
            his, hers, paid, gains = self.mixed(solution)
        else:
            his, hers, paid, gains = self.pure(solution)
        self.figures(solution, his, hers, paid)
        self.epsilon(solution, gains)
        if self.mdp.is_one_shot:
            check_one_shot(self.builder, self.model, solution)
        elif solution.per_action is not None or solution.linear is not None:
            self.builder.require(
                "contracts.per-action", "single actions are told of one-shot problems only",
                ["per_action or linear is told, but there is more than one state or period"],
            )  # fmt: skip
        check_alternatives(self.builder, self.model, solution)
        if solution.question == "commitment":
            earned = float(self.mdp.start @ hers[0])
            check_commitment(self.builder, self.model, self.claim, earned)

    def pure(
        self, solution: ContractSolution
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return values (T, S), payments to come (S,) and her gains (T, S) of a pure policy."""
        mdp, model = self.mdp, self.model
        actions, contracts = solution.actions, solution.contracts
        stages, n = actions.shape
        now_paid = np.stack(
            [model.pick(model.mean(contracts[t]), actions[t]) for t in range(stages)]
        )
        own = np.stack([model.pick(model.reward, actions[t]) for t in range(stages)])
        earned = np.stack([model.pick(model.gain, actions[t]) for t in range(stages)])
        his, hers, paid = np.zeros((3, stages + 1, n))
        begin = stages - 1
        if solution.form != "finite":  # the last row holds for ever
            moves = model.moves(actions[-1])
            streams = (own[-1] + now_paid[-1], earned[-1] - now_paid[-1], now_paid[-1])
            for table, stream in zip((his, hers, paid), streams, strict=True):
                table[-2] = table[-1] = model.forever(moves, stream)
            begin -= 1
        for t in range(begin, -1, -1):
            his[t] = own[t] + now_paid[t] + model.pick(model.after(his[t + 1]), actions[t])
            hers[t] = earned[t] - now_paid[t] + model.pick(model.after(hers[t + 1]), actions[t])
            paid[t] = now_paid[t] + model.pick(model.after(paid[t + 1]), actions[t])
        temptation = np.zeros((stages, n))
        size = np.zeros((stages, n))
        gains = np.zeros((stages, n))
        ties = np.zeros(2, dtype=np.int64)
        for t in range(stages):
            q = np.where(mdp.exists, model.reward + model.after(his[t + 1]), -np.inf)
            offered = np.where(mdp.exists, q + model.mean(contracts[t]), -np.inf)
            top = np.where(mdp.terminal, 0.0, offered.max(axis=1))
            temptation[t] = top - np.where(mdp.terminal, 0.0, model.pick(offered, actions[t]))
            size[t] = np.abs(top)
            worth = model.gain + model.after(hers[t + 1])
            gains[t], found = self.her_gains(solution, t, q, worth, his[t], hers[t])
            ties += found
        self.agent(temptation, np.maximum(size, mdp.scale), solution)
        self.ties(solution, ties)
        return his[:-1], hers[:-1], paid[0], gains

    def agent(self, temptation: FloatArray, size: FloatArray, solution: ContractSolution) -> None:
        """Check that the agent does not gain by another action."""
        self.builder.compare(
            "contracts.agent",
            "the agent does not gain by another action under the contract offered",
            temptation,
            size,
            lambda t, s: (
                f"{self.state(t, s)}: he gains {temptation[t, s]:g} by another action than "
                f"{self.mdp.label('actions', int(solution.actions[t, s]))}"
            ),
            theorem="CON-5",
        )

    def her_gains(
        self,
        solution: ContractSolution,
        t: int,
        q: FloatArray,
        worth: FloatArray,
        his: FloatArray,
        hers: FloatArray,
    ) -> tuple[FloatArray, IntArray]:
        """Return by how much she gains at most in each state, and counts of ties (least, most).

        Parameters
        ----------
        q, worth : (S, A), truncated values and her gains before payment.
        his, hers : (S,), values of the policy now.
        """
        mdp = self.mdp
        nothing = np.zeros(2, dtype=np.int64)
        if solution.question == "commitment":
            return np.zeros(mdp.n_states), nothing
        if solution.question == "linear":
            return self.linear_gains(solution, t, q, worth, hers), nothing
        chosen = solution.actions[t]
        size = np.where(mdp.exists, np.maximum(np.abs(q), np.abs(worth)), 0.0).max(axis=1)
        near = np.maximum(1e-9 * np.abs(hers), 1e-13 * size)
        open_ = mdp.exists & (worth > (hers - 10 * near)[:, None])
        if solution.question == "target":  # only its own action, more cheaply
            open_ &= np.arange(mdp.n_actions) == chosen[:, None]
        states, actions = np.nonzero(open_)
        bound = self.two_actions(q, states, actions)
        left = worth[states, actions] - bound > (hers - 10 * near)[states]
        states, actions = states[left], actions[left]
        bound = lower_bounds(
            mdp.probabilities[states], q[states], mdp.exists[states], actions
        ).values
        value = worth[states, actions] - bound
        top = np.full(mdp.n_states, -np.inf)
        np.maximum.at(top, states, value)
        gains = np.where(np.isfinite(top), top - hers, 0.0)
        apart = np.abs(q[states, actions] + bound - his[states])
        own_near = np.maximum(1e-9 * np.abs(his), 1e-13 * size)[states]
        counts = []
        for loose in (0.1, 10.0):
            tied = np.zeros(mdp.n_states, dtype=bool)
            as_good = value >= (hers - loose * near)[states]
            tied[states[(actions != chosen[states]) & as_good & (apart > own_near / loose)]] = True
            counts.append(int(tied.sum()))
        return gains, np.array(counts)

    def two_actions(self, q: FloatArray, states: IntArray, actions: IntArray) -> FloatArray:
        """Return what the most demanding rival alone would ask for, for each pair (CON-3)."""
        mdp, found = self.mdp, np.zeros(len(states))
        block = max(1, 4_000_000 // (mdp.n_actions * mdp.n_outcomes))
        for i in range(0, len(states), block):
            s, a = states[i : i + block], actions[i : i + block]
            own = mdp.probabilities[s, a]
            more = own[:, None, :] - mdp.probabilities[s]
            useful = more > 1e-10
            rate = np.where(useful, own[:, None, :] / np.where(useful, more, 1.0), np.inf)
            short = np.where(mdp.exists[s], q[s], -np.inf) - q[s, a][:, None]
            size = np.abs(np.where(mdp.exists[s], q[s], 0.0)).max(axis=1, initial=0.0)
            needed = short > size[:, None] * 2.0**-44
            asked = np.where(needed, rate.min(axis=2), 0.0) * np.where(needed, short, 0.0)
            found[i : i + block] = asked.max(axis=1, initial=0.0)
        return found

    def linear_gains(
        self, solution: ContractSolution, t: int, q: FloatArray, worth: FloatArray, hers: FloatArray
    ) -> FloatArray:
        """Return her gains by other shares: every crossing of two lines, and the ends, is tried."""
        mdp, mean = self.mdp, self.model.gain
        rewards, contract = mdp.principal_rewards, solution.contracts[t]
        share = (contract * rewards).sum(axis=1) / np.maximum((rewards**2).sum(axis=1), 1e-300)
        off = np.abs(contract - share[:, None] * rewards).max(axis=1, initial=0.0)
        off = np.maximum(off, np.maximum(share - 1, 0.0) * np.abs(rewards).max(axis=1, initial=0.0))
        gains = np.zeros(mdp.n_states)
        for s in np.flatnonzero(~mdp.terminal).tolist():
            alive = np.flatnonzero(mdp.exists[s])
            lines, slopes = q[s, alive], mean[s, alive]
            rise = slopes[:, None] - slopes
            steep = np.abs(rise) > 1e-14 * np.abs(slopes).max(initial=0.0)
            crossing = (lines[None, :] - lines[:, None])[steep] / rise[steep]
            tried = np.concatenate([[0.0, 1.0], crossing[(crossing >= 0) & (crossing <= 1)]])
            his = lines + tried[:, None] * slopes
            slack = 2.0**-44 * np.abs(lines).max(initial=0.0)
            value = worth[s, alive] - tried[:, None] * slopes
            best = np.where(his >= his.max(axis=1, keepdims=True) - slack, value, -np.inf).max()
            gains[s] = best - hers[s]
        return np.asarray(np.maximum(gains, off))

    def ties(self, solution: ContractSolution, counts: IntArray) -> None:
        """Check the number of ties; how near two values must be is left a little open."""
        claimed, problems = solution.principal_ties, []
        uncounted = solution.form in ("mixed", "truncated") or solution.question != "spe"
        if uncounted or self.claim.status is Status.FEASIBLE:
            if claimed is not None and not self.bare:
                problems.append(f"{claimed} ties are claimed where none are counted")
        elif claimed is not None and not counts[0] <= claimed <= counts[1]:
            problems.append(f"{claimed} ties are claimed, there are {counts[0]}")
        self.builder.require("contracts.ties", "her ties are counted", problems, theorem="CON-6")

    def mixed(
        self, solution: ContractSolution
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return values, payments to come and her gains of a stationary mixed policy."""
        mdp, model = self.mdp, self.model
        n = mdp.n_states
        chance, own, earned, paid_now = np.zeros((4, n))
        moves = np.zeros((n, n))
        lowest = 0.0
        for part in solution.mixture:
            s, p = part.state, part.probability
            lowest = min(lowest, p)
            contract = np.zeros(mdp.n_outcomes)
            contract[: len(part.contract)] = part.contract
            payment = float(mdp.probabilities[s, part.action] @ contract)
            actions = np.full(n, -1)
            actions[s] = part.action
            chance[s] += p
            own[s] += p * (model.reward[s, part.action] + payment)
            earned[s] += p * (model.gain[s, part.action] - payment)
            paid_now[s] += p * payment
            moves += p * model.moves(actions)
        expected = np.where(mdp.terminal, 0.0, 1.0)
        problems = [
            f"{mdp.label('states', s)}: probabilities sum to {chance[s]:.9g}"
            for s in np.flatnonzero(np.abs(chance - expected) > 1e-9).tolist()
        ]
        if lowest < 0:
            problems.append(f"a probability is {lowest:g}")
        self.ties(solution, np.zeros(2, dtype=np.int64))
        if not self.builder.require(
            "contracts.mixture", "the probabilities of each state sum to 1", problems
        ):
            return np.zeros((1, n)), np.zeros((1, n)), np.zeros(n), np.zeros((1, n))
        his, hers, paid = (model.forever(moves, x) for x in (own, earned, paid_now))
        q = np.where(mdp.exists, model.reward + model.after(his), -np.inf)
        worth = model.gain + model.after(hers)
        temptation, size, gains = np.zeros((3, 1, n))
        for part in solution.mixture:
            s = part.state
            contract = np.zeros(mdp.n_outcomes)
            contract[: len(part.contract)] = part.contract
            offered = np.where(mdp.exists[s], q[s] + mdp.probabilities[s] @ contract, -np.inf)
            temptation[0, s] = max(temptation[0, s], offered.max() - offered[part.action])
            size[0, s] = max(size[0, s], abs(offered.max()))
            states = np.full(mdp.n_actions, s)[mdp.exists[s]]
            actions = np.flatnonzero(mdp.exists[s])
            bounds = lower_bounds(mdp.probabilities[states], q[states], mdp.exists[states], actions)
            best = float((worth[s, actions] - bounds.values).max())
            mine = worth[s, part.action] - float(mdp.probabilities[s, part.action] @ contract)
            gains[0, s] = max(gains[0, s], best - mine)
        self.agent(temptation, np.maximum(size, mdp.scale), solution)
        return his[None], hers[None], paid, gains

    def epsilon(self, solution: ContractSolution, gains: FloatArray) -> None:
        """Check her deviations: none gains in an equilibrium, else the claimed epsilon is right."""
        weight = self.mdp.discount ** np.arange(len(gains), dtype=np.float64)
        discounted = gains * weight[:, None]
        size = max(self.mdp.scale, float(np.abs(solution.principal_values).max(initial=0.0)))
        exact = self.claim.status is Status.SOLVED or (self.bare and solution.epsilon == 0)
        words = {
            "target": "no cheaper contract makes the action best",
            "linear": "the principal does not gain by another share",
        }.get(solution.question, "the principal does not gain by inducing another action")
        allowed = 0.0 if exact else max(solution.epsilon, 0.0)
        excess = discounted - allowed
        self.builder.compare(
            "contracts.principal",
            words,
            excess,
            size,
            lambda t, s: f"{self.state(t, s)}: she gains {gains[t, s]:g} by another contract",
            theorem="CON-8" if solution.question == "target" else "CON-5",
        )
        problems = []
        if exact and solution.epsilon != 0:
            problems.append(f"solved, but epsilon is {solution.epsilon:g}")
        if not np.isfinite(solution.epsilon) or solution.epsilon < 0:
            problems.append(f"epsilon is {solution.epsilon:g}")
        largest = max(0.0, float(discounted.max(initial=0.0)))
        if solution.epsilon - largest > 1e-6 * size:
            problems.append(f"epsilon is {solution.epsilon:g}, but the greatest gain {largest:g}")
        self.builder.require(
            "contracts.epsilon", "epsilon is the greatest discounted gain", problems,
            theorem="CON-14",
        )  # fmt: skip

    def figures(
        self, solution: ContractSolution, his: FloatArray, hers: FloatArray, paid: FloatArray
    ) -> None:
        """Check values and every figure at the start against those recomputed."""
        mdp, builder = self.mdp, self.builder
        for name, claimed, true in (
            ("agent", solution.agent_values, his),
            ("principal", solution.principal_values, hers),
        ):
            off = np.abs(claimed - true)
            builder.compare(
                f"contracts.{name}-values",
                f"the values of the {name} follow from the policy",
                off,
                np.abs(true),
                lambda t, s, c=claimed, v=true, who=name: (
                    f"{self.state(t, s)}: the {who} gets {v[t, s]:g}, not {c[t, s]:g}"
                ),
                theorem="CON-5",
            )
        first = float(
            mdp.start @ self.model.best(self.model.reward + self.model.gain, mdp.exists)[0]
        )
        plain_his, plain_hers = self.model.unpaid()
        principal, agent = float(mdp.start @ hers[0]), float(mdp.start @ his[0])
        unpaid_agent = float(mdp.start @ plain_his[0])
        true_figures = {
            "principal_value": (solution.principal_value, principal),
            "agent_value": (solution.agent_value, agent),
            "welfare": (solution.welfare, principal + agent),
            "first_best": (solution.first_best, first),
            "agency_cost": (solution.agency_cost, first - principal - agent),
            "expected_payment": (solution.expected_payment, float(mdp.start @ paid)),
            "no_contract.principal": (
                solution.no_contract.get("principal", np.nan), float(mdp.start @ plain_hers[0]),
            ),
            "no_contract.agent": (solution.no_contract.get("agent", np.nan), unpaid_agent),
        }  # fmt: skip
        for key, (told, right) in true_figures.items():
            builder.compare(
                f"contracts.{key.replace('_', '-')}",
                f"{key} follows from the policy and the instance",
                abs(told - right),
                abs(right),
                lambda c=told, v=right, k=key: f"{k} is {v:g}, not {c:g}",
            )
        self.bound(solution, principal, first - unpaid_agent)

    def bound(self, solution: ContractSolution, principal: float, most: float) -> None:
        """Check objective and bound."""
        claim = self.claim
        if self.bare:
            return
        problems = []
        relative = self.builder.tolerances.relative
        slack = max(relative * abs(principal), self.builder.scale * 2.0**-40)
        if claim.objective is None or not abs(claim.objective - principal) <= slack:
            problems.append(f"the objective is {principal:g}, not {claim.objective}")
        upper = claim.bounds.upper
        if claim.status is Status.SOLVED and solution.question != "commitment":
            if not abs(upper - principal) <= slack:
                problems.append(f"the bound of a solved question is its objective, not {upper:g}")
        elif np.isfinite(upper) and not abs(upper - most) <= max(slack, relative * abs(most)):
            problems.append(f"the bound is {most:g}, not {upper:g}")
        elif np.isnan(upper):
            problems.append("the bound is no number")
        if np.isfinite(upper) and claim.bounds.source != "certified":
            problems.append(f"the bound is certified, not of source {claim.bounds.source!r}")
        self.builder.require(
            "contracts.objective", "objective and bound follow from the values", problems
        )
