"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import ContractMDP, load, tree_mdp
from eqsolve.families.contract_mdp.generate import Random

GAME = Random(states=3, actions=3, outcomes=3, horizon=2).instance(1)
LASTING = Random(states=2, actions=2, outcomes=2, horizon=0, discount=0.5).instance(3)
TASK = ContractMDP.one_shot(
    [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]], [0, 1, 3], [0, 5, 9]
)

CASES = {
    "game": (GAME, {}),
    "stationary": (LASTING, {}),
    "truncated": (LASTING, {"form": "truncated", "stages": 3}),
    "none pure": (load("catalog:no-pure-stationary-equilibrium"), {"form": "pure"}),
    "committed": (load("catalog:effort-on-a-tree"), {"question": "commitment"}),
    "target": (GAME, {"question": "target", "target": [0, 0, 0]}),
    "linear": (TASK, {"question": "linear"}),
    "one shot": (TASK, {}),
    "learned": (tree_mdp(2, 1), {"method": "q_learning", "episodes": 500}),
}

NOT_CLAIMED = (
    # What is promised for outcomes that never happen costs nothing: it is an equilibrium too.
    "contracts-that-hurt:contracts.1.1.1",
    "linear-contracts-lose:contracts.0.0.*",
    "linear-contracts-lose:per_action.*.contract.*",
    # In a mixed answer actions and contracts repeat the likeliest part of the mixture.
    "no-pure-stationary-equilibrium:actions.*",
    "no-pure-stationary-equilibrium:contracts.*",
    "learned:learning.*",
    "pure_exhaustive",  # that not all were tried claims less
    # Twins: another action of the same worth to both, and -1 x 1.01 + 0.01 is -1 again.
    "ties-of-the-principal:actions.*",
    "ties-of-the-principal:agent_value*",
)
