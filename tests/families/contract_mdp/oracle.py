"""Brute force in fractions: least payments by enumerating vertices, games by plain recursion.

Nothing here is shared with the package. An instance is read back from its public arrays.
"""

from __future__ import annotations

import itertools
from fractions import Fraction


class Game:
    """A contract game in fractions; states without actions are the end."""

    def __init__(self, mdp):
        exact = lambda x: Fraction(x).limit_denominator(10**6)  # noqa: E731
        self.n = mdp.n_states
        self.discount = exact(float(mdp.discount))
        self.actions = [
            [a for a in range(mdp.n_actions) if mdp.exists[s, a]] for s in range(self.n)
        ]
        self.outcomes = [range(int(count)) for count in mdp.n_outcomes_of]
        self.p = [
            {a: [exact(float(mdp.probabilities[s, a, o])) for o in self.outcomes[s]]
             for a in self.actions[s]}
            for s in range(self.n)
        ]  # fmt: skip
        self.r = [{a: exact(float(mdp.agent_rewards[s, a])) for a in self.actions[s]}
                  for s in range(self.n)]  # fmt: skip
        self.gain = [[exact(float(mdp.principal_rewards[s, o])) for o in self.outcomes[s]]
                     for s in range(self.n)]  # fmt: skip
        self.next = [
            [
                [
                    (int(to), exact(float(chance)))
                    for to, chance in zip(
                        mdp.successors[s, o], mdp.successor_probs[s, o], strict=True
                    )
                    if to >= 0 and chance > 0
                ]
                for o in self.outcomes[s]
            ]
            for s in range(self.n)
        ]

    def after(self, s, o, values):
        """Discounted expectation of what follows an outcome."""
        return self.discount * sum(chance * values[to] for to, chance in self.next[s][o])

    def truncated(self, s, values):
        """Truncated values of the agent."""
        return {
            a: self.r[s][a] + sum(p * self.after(s, o, values) for o, p in enumerate(self.p[s][a]))
            for a in self.actions[s]
        }

    def gains(self, s, values):
        """What the principal gets before payment."""
        return {
            a: sum(p * (self.gain[s][o] + self.after(s, o, values)) for o, p in enumerate(row))
            for a, row in self.p[s].items()
        }


def solve(matrix, right):
    """Solve a square system in fractions; None where it is singular."""
    n = len(matrix)
    rows = [[*map(Fraction, row), Fraction(b)] for row, b in zip(matrix, right, strict=True)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(n):
            if i != k and rows[i][k]:
                rate = rows[i][k] / rows[k][k]
                rows[i] = [x - rate * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [rows[k][n] / rows[k][k] for k in range(n)]


def least_payment(p, q, a):
    """Least expected payment that makes `a` best, None where none does: all vertices are tried."""
    m = len(p[a])
    lines = [([1 if o == k else 0 for o in range(m)], 0) for k in range(m)]
    lines += [([p[a][o] - p[k][o] for o in range(m)], q[k] - q[a]) for k in p if k != a]
    best = None
    for chosen in itertools.combinations(range(len(lines)), m):
        b = solve([lines[i][0] for i in chosen], [lines[i][1] for i in chosen])
        if b is None or any(
            sum(x * y for x, y in zip(row, b, strict=True)) < low for row, low in lines
        ):
            continue
        cost = sum(x * y for x, y in zip(p[a], b, strict=True))
        best = cost if best is None else min(best, cost)
    return best


def equilibrium(game, horizon, tie="agent"):
    """Values (his, hers) of the first stage, ties to the agent or to the lowest index."""
    his = hers = [Fraction(0)] * game.n
    for _ in range(horizon):
        mine, yours = list(his), list(hers)
        for s in range(game.n):
            q, gains = game.truncated(s, his), game.gains(s, hers)
            offers = []
            for a in game.actions[s]:
                cost = least_payment(game.p[s], q, a)
                if cost is not None:
                    offers.append((gains[a] - cost, q[a] + cost, -a))
            if not offers:
                mine[s] = yours[s] = Fraction(0)
                continue
            top = max(offer[0] for offer in offers)
            optimal = [offer for offer in offers if offer[0] == top]
            key = (lambda x: (x[1], x[2])) if tie == "agent" else (lambda x: x[2])
            yours[s], mine[s], _ = max(optimal, key=key)
        his, hers = mine, yours
    return his, hers


def best(game, horizon, reward):
    """Values of one decision maker: reward(s, a) now and what follows."""
    values = [Fraction(0)] * game.n
    for _ in range(horizon):
        values = [
            max(
                (
                    reward(s, a) + sum(p * game.after(s, o, values) for o, p in enumerate(row))
                    for a, row in game.p[s].items()
                ),
                default=Fraction(0),
            )
            for s in range(game.n)
        ]
    return values


def first_best(game, horizon):
    """Greatest welfare by state."""
    return best(
        game,
        horizon,
        lambda s, a: (
            game.r[s][a] + sum(p * x for p, x in zip(game.p[s][a], game.gain[s], strict=True))
        ),
    )


def unpaid(game, horizon):
    """The agent's values when nothing is paid."""
    return best(game, horizon, lambda s, a: game.r[s][a])


def committed(game, horizon, start):
    """Best value of a policy that she commits to: all of [stage][state] are tried."""
    states = [game.actions[s] or [None] for s in range(game.n)]
    found = None
    for policy in itertools.product(itertools.product(*states), repeat=horizon):
        his = total = [Fraction(0)] * game.n
        for actions in reversed(policy):
            mine, both = list(his), list(total)
            for s, a in enumerate(actions):
                mine[s] = both[s] = Fraction(0)
                if a is None:
                    continue
                q, gains, own = game.truncated(s, his), game.gains(s, total), game.r[s][a]
                cost = least_payment(game.p[s], q, a)
                if cost is None:
                    break
                mine[s], both[s] = q[a] + cost, own + gains[a]
            else:
                his, total = mine, both
                continue
            break
        else:
            value = total[start] - his[start]
            found = value if found is None else max(found, value)
    return found
