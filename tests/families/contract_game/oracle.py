"""Brute force in fractions: games of many agents by plain recursion over profiles.

Nothing here is shared with the package. An instance is read back from its public arrays.
"""

from __future__ import annotations

import itertools
from fractions import Fraction


class Game:
    """A game with a horizon, in fractions; profiles are tuples."""

    def __init__(self, game):
        exact = lambda x: Fraction(float(x)).limit_denominator(10**6)  # noqa: E731
        self.horizon, self.n = game.horizon, game.n_agents
        self.states = range(game.n_states)
        self.sizes = tuple(game.sizes)
        self.profiles = list(itertools.product(*map(range, self.sizes)))
        discount = exact(game.discount)
        self.reward, self.after = {}, {}
        for s in self.states:
            for j, profile in enumerate(self.profiles):  # the last agent's action changes fastest
                self.reward[s, profile] = [exact(game.rewards[i, s, j]) for i in range(self.n)]
                k = int(game.moves[s, j])
                entries = range(int(game.indptr[k]), int(game.indptr[k + 1]))
                self.after[s, profile] = [
                    (int(game.states[e]), discount * exact(game.chances[e])) for e in entries
                ]

    def worth(self, s, profile, agent, later):
        """An agent's reward now and what follows."""
        expected = sum(chance * later[to] for to, chance in self.after[s, profile])
        return self.reward[s, profile][agent] + expected

    def values(self, target, agent, *, reply):
        """Values of the first stage: of following, or of the best reply while others follow."""
        later = dict.fromkeys(self.states, Fraction(0))
        for stage in reversed(target):
            now = {}
            for s in self.states:
                profile = tuple(stage[s])
                options = range(self.sizes[agent]) if reply else [profile[agent]]
                now[s] = max(
                    self.worth(s, (*profile[:agent], a, *profile[agent + 1 :]), agent, later)
                    for a in options
                )
            later = now
        return later

    def welfare(self):
        """Greatest sum of rewards by state."""
        later = dict.fromkeys(self.states, Fraction(0))
        for _ in range(self.horizon):
            later = {
                s: max(
                    sum(self.reward[s, p]) + sum(x * later[to] for to, x in self.after[s, p])
                    for p in self.profiles
                )
                for s in self.states
            }
        return later

    def is_dominant(self, target, values, promises, agent, stage):
        """Whether following is best for an agent at a stage whatever the others do.

        `values` are those of following, paid, from the next stage on.
        """
        for s in self.states:
            own = target[stage][s][agent]
            for profile in self.profiles:
                follow = (*profile[:agent], own, *profile[agent + 1 :])
                others = profile[:agent] + profile[agent + 1 :]
                paid = promises[s][others] + self.worth(s, follow, agent, values)
                if self.worth(s, profile, agent, values) > paid + Fraction(1, 10**9):
                    return False
        return True
