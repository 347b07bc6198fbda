"""Brute force in fractions, path by path; nothing here is shared with the package.

A model is read back from its public tables.
"""

from __future__ import annotations

import itertools
from fractions import Fraction


def exact(number):
    """The decimal that was written."""
    return Fraction(number).limit_denominator(10**6)


class Model:
    """A model in fractions."""

    def __init__(self, model):
        self.n_actions, self.n_observations = model.n_actions, model.n_observations
        self.agents, self.states = range(len(model.n_actions)), range(len(model.initial))
        self.start = [exact(x) for x in model.initial.tolist()]
        actions = list(itertools.product(*map(range, model.n_actions)))
        seen = list(itertools.product(*map(range, model.n_observations)))
        moves, sights = model.transitions.tolist(), model.observation_probs.tolist()
        self.moves = {
            a: [[exact(x) for x in row] for row in moves[k]] for k, a in enumerate(actions)
        }
        self.sights = {
            a: [dict(zip(seen, map(exact, row), strict=True)) for row in sights[k]]
            for k, a in enumerate(actions)
        }
        self.policies = [[exact(x) for x in policy.tolist()] for policy in model.policies]
        self.taken = [a for a in actions if all(self.policies[i][k] > 0 for i, k in enumerate(a))]
        self.seen = seen

    def joint(self, history):
        """Weights of the last state: all paths of states."""
        weights = list(self.start)
        for actions, looks in history:
            actions, looks = tuple(actions), tuple(looks)
            weights = [
                sum(weights[s] * self.moves[actions][s][t] for s in self.states)
                * self.sights[actions][t][looks]
                for t in self.states
            ]
        return weights

    def local(self, history, agent):
        """The same given an agent's own part, listing what all others may do and see."""
        total = [Fraction(0) for _ in self.states]
        choices = [
            [
                (a, o)
                for a in itertools.product(*map(range, self.n_actions))
                for o in self.seen
                if a[agent] == actions[agent] and o[agent] == looks[agent]
            ]
            for actions, looks in history
        ]
        for steps in itertools.product(*choices):
            chance = Fraction(1)
            for a, _ in steps:
                for i, k in enumerate(a):
                    chance *= 1 if i == agent else self.policies[i][k]
            if chance:
                total = [x + chance * y for x, y in zip(total, self.joint(steps), strict=True)]
        return total

    def histories(self, length):
        """All joint histories of a length that can happen."""
        steps = list(itertools.product(self.taken, self.seen))
        for history in itertools.product(steps, repeat=length):
            if any(self.joint(history)):
                yield history

    def support(self, weights):
        return {s for s in self.states if weights[s]}

    def shared(self, history):
        return set.intersection(
            *(self.support(self.local(history, agent)) for agent in self.agents)
        )

    def first_ambiguous(self, deepest):
        """The length of a shortest history that leaves two states, None up to a depth."""
        for length in range(1, deepest + 1):
            if any(len(self.support(self.joint(h))) > 1 for h in self.histories(length)):
                return length
        return None

    def first_shared(self, deepest):
        """The length of a shortest history after which two states are shared."""
        for length in range(1, deepest + 1):
            if any(len(self.shared(h)) > 1 for h in self.histories(length)):
                return length
        return None
