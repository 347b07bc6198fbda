"""Is a claimed contract policy right? Every condition of the definition, and who breaks it.

Works from the instance, the actions and the contracts alone. Nowhere may the agent gain by another
action under the contract offered, nor the principal by inducing another action at a proved lower
bound of its payment (CON-5). Any equilibrium passes, whatever it does where the principal has ties.

Cost: O(T S A O) for the values; dual vectors are looked at, or small linear programs solved, for
the (stage, state, action) triples that simple bounds leave open, about one for each stage and
state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.certificate import BoundCertificate, CycleCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution, DualVectors
from eqsolve.families.contract_mdp.verify.figures import check_figures
from eqsolve.families.contract_mdp.verify.one_shot import check_one_shot
from eqsolve.families.contract_mdp.verify.play import (
    Play,
    chances_of_mixture,
    play_mixture,
    play_policy,
)
from eqsolve.families.contract_mdp.verify.profiles import (
    check_alternatives,
    check_commitment,
    check_no_pure,
)
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
    _Check(builder, mdp, claim, bare=claim is not result).run()
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

    def run(self) -> None:
        """Check all there is."""
        solution = self.claim.solution
        if solution is None:
            self.without_solution()
        elif self.form(solution) and self.actions_exist(solution) and self.payments(solution):
            self.policy(solution)

    def state(self, t: int, s: int) -> str:
        """Return where, in words."""
        return f"stage {t}, {self.mdp.label('states', s)}"

    def without_solution(self) -> None:
        """Check what is said where nothing is held."""
        claim = self.claim
        if claim.status is Status.NO_EQUILIBRIUM:
            check_no_pure(self.builder, self.model)
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
        tables: tuple[tuple[str, tuple[int, ...]], ...] = (
            ("actions", (stages, mdp.n_states)),
            ("contracts", (stages, mdp.n_states, mdp.n_outcomes)),
            ("agent_values", (stages, mdp.n_states)),
            ("principal_values", (stages, mdp.n_states)),
        )
        for key, shape in tables:
            found = getattr(solution, key).shape
            if found != shape:
                problems.append(f"{key} has shape {found}, expected {shape}")
        if solution.form == "mixed" and not solution.mixture:
            problems.append("a mixed policy without a mixture")
        if solution.form != "mixed" and solution.mixture:
            problems.append(f"a mixture in a {solution.form} policy")
        return self.builder.require(
            "contracts.form", "the policy has the stages that the horizon asks for", problems
        )

    def actions_exist(self, solution: ContractSolution) -> bool:
        """Check that every action exists."""
        mdp, actions = self.mdp, solution.actions
        inside = (actions >= -1) & (actions < mdp.n_actions)
        there = mdp.exists[np.arange(mdp.n_states), np.clip(actions, 0, mdp.n_actions - 1)]
        wrong = np.where(mdp.terminal, actions != -1, ~(inside & (actions >= 0) & there))
        for part in solution.mixture:
            if not mdp.exists[part.state, part.action]:
                wrong[0, part.state] = True
        problems = [
            f"{self.state(t, s)}: action {actions[t, s]} does not exist"
            for t, s in np.argwhere(wrong)[:100].tolist()
        ]
        return self.builder.require("contracts.actions", "every action exists", problems)

    def payments(self, solution: ContractSolution) -> bool:
        """Check that every payment is possible."""
        contracts, drawn = solution.contracts, [part.contract for part in solution.mixture]
        lowest = min((min(part, default=0.0) for part in drawn), default=0.0)

        def describe(*place: int) -> str:
            if not place:
                return f"a contract of the mixture pays {lowest:g}"
            t, s, o = place
            where, what = self.state(t, s), self.mdp.label("outcomes", o)
            return f"{where}: pays {contracts[t, s, o]:g} for {what}"

        words = "contracts.payments", "payments are >= 0"
        sound = self.builder.compare(*words, -contracts, 0.0, describe, theorem="CON-1")
        if drawn:
            sound &= self.builder.compare(*words, -lowest, 0.0, describe, theorem="CON-1")
        return sound and bool(np.isfinite(contracts).all())

    def duals(self, solution: ContractSolution) -> DualVectors | None:
        """Return the dual vectors that come with the claim."""
        mdp, certificate = self.mdp, self.claim.certificate
        data: Any = certificate.data if isinstance(certificate, BoundCertificate) else {}
        shape = len(solution.actions), mdp.n_states, mdp.n_actions
        return DualVectors.of(data.get("lambda"), shape)

    def policy(self, solution: ContractSolution) -> None:
        """Recompute values, check deviations and every figure."""
        builder, model = self.builder, self.model
        if solution.form == "mixed":
            if not self.probabilities(solution):
                return
            play = play_mixture(model, solution)
        else:
            play = play_policy(model, solution, self.duals(solution))
        self.agent(solution, play)
        self.principal(solution, play)
        self.ties(solution, play)
        check_figures(builder, model, self.claim, solution, play, bare=self.bare)
        if self.mdp.is_one_shot:
            check_one_shot(builder, model, solution)
        elif solution.per_action is not None or solution.linear is not None:
            builder.require(
                "contracts.per-action", "single actions are told of one-shot problems only",
                ["per_action or linear is told, but there is more than one state or period"],
            )  # fmt: skip
        check_alternatives(builder, model, solution)
        if solution.question == "commitment" and self.claim.status is Status.SOLVED:
            check_commitment(builder, model, float(self.mdp.start @ play.hers[0]))

    def probabilities(self, solution: ContractSolution) -> bool:
        """Check the probabilities of a mixture."""
        mdp = self.mdp
        chance, lowest = chances_of_mixture(self.model, solution)
        off = ~(np.abs(chance - np.where(mdp.terminal, 0.0, 1.0)) <= 1e-9)
        problems = [
            f"{mdp.label('states', s)}: probabilities sum to {chance[s]:.9g}"
            for s in np.flatnonzero(off).tolist()
        ]
        if lowest < 0:
            problems.append(f"a probability is {lowest:g}")
        words = "the probabilities of each state sum to 1"
        return self.builder.require("contracts.mixture", words, problems)

    def agent(self, solution: ContractSolution, play: Play) -> None:
        """Check that the agent does not gain by another action."""
        self.builder.compare(
            "contracts.agent",
            "the agent does not gain by another action under the contract offered",
            play.temptation,
            np.maximum(play.size, self.mdp.scale),
            lambda t, s: (
                f"{self.state(t, s)}: he gains {play.temptation[t, s]:g} by another action than "
                f"{self.mdp.label('actions', int(solution.actions[t, s]))}"
            ),
            theorem="CON-5",
        )

    def principal(self, solution: ContractSolution, play: Play) -> None:
        """Check her deviations: none gains in an equilibrium, else the claimed epsilon is right."""
        weight = self.mdp.discount ** np.arange(len(play.gains), dtype=np.float64)
        discounted = play.gains * weight[:, None]
        size = np.maximum(np.abs(play.hers), self.mdp.scale)
        exact = self.claim.status is Status.SOLVED or (self.bare and solution.epsilon == 0)
        words = {
            "target": "no cheaper contract makes the action best",
            "linear": "the principal does not gain by another share",
        }.get(solution.question, "the principal does not gain by inducing another action")
        self.builder.compare(
            "contracts.principal",
            words,
            discounted - (0.0 if exact else max(solution.epsilon, 0.0)),
            size,
            lambda t, s: f"{self.state(t, s)}: she gains {play.gains[t, s]:g} by another contract",
            theorem="CON-8" if solution.question == "target" else "CON-5",
        )
        problems = []
        if exact and solution.epsilon != 0:
            problems.append(f"solved, but epsilon is {solution.epsilon:g}")
        if not np.isfinite(solution.epsilon) or solution.epsilon < 0:
            problems.append(f"epsilon is {solution.epsilon:g}")
        largest = max(0.0, float(discounted.max(initial=0.0)))
        if solution.epsilon - largest > 1e-6 * size.max():
            problems.append(f"epsilon is {solution.epsilon:g}, but the greatest gain {largest:g}")
        self.builder.require(
            "contracts.epsilon", "epsilon is the greatest discounted gain", problems,
            theorem="CON-14",
        )  # fmt: skip

    def ties(self, solution: ContractSolution, play: Play) -> None:
        """Check the number of ties; how near two values must be is left a little open."""
        claimed, problems = solution.principal_ties, []
        least, most = play.ties.tolist()
        uncounted = solution.form in ("mixed", "truncated") or solution.question != "spe"
        if uncounted or self.claim.status is Status.FEASIBLE:
            if claimed is not None and not self.bare:
                problems.append(f"{claimed} ties are claimed where none are counted")
        elif claimed is not None and not least <= claimed <= most:
            problems.append(f"{claimed} ties are claimed, there are {least}")
        self.builder.require("contracts.ties", "her ties are counted", problems, theorem="CON-6")
