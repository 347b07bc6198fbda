"""The best direct mechanism for several bidders as a linear program: DSIC or BIC (MEC-6).

For each profile of types, shares of allocations (of items to bidders where all are additive), and
utilities: on average by type (BIC), or by profile (DSIC). Maximize expected value less utilities so
that no bidder gains, on average over the others or for each profile of theirs, by calling itself
another type. Sizes: the product of the numbers of types, times that of allocations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.auction_design.instance import FiniteLaw
from eqsolve.families.auction_design.methods.columns import columns_of, language_of
from eqsolve.families.auction_design.methods.flows import balanced, spread_over
from eqsolve.families.auction_design.methods.menu_program import greatest_prices
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism

__all__ = ["Direct", "Incentives", "best_direct", "direct_size"]

Incentives = Literal["dsic", "bic"]


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """What a program found.

    Parameters
    ----------
    mechanism : the best of its class, None where a limit came first.
    flows : by bidder: [t][s] (BIC), or [profile of the others][t][s] (DSIC); None without.
    bound : no mechanism of the class earns more, by the solver's word.
    limit : what stopped it early.
    """

    mechanism: DirectMechanism | None
    flows: list[FloatArray] | None
    bound: float
    limit: Limit | None = None


def direct_size(laws: tuple[FiniteLaw, ...]) -> int:
    """Return about how many shares a program has."""
    alive = [int((np.asarray(law.weights) > 0).sum()) for law in laws]
    profiles = prod(alive)
    language = language_of(laws)
    if language == "additive":
        return profiles * len(laws) * laws[0].n_items
    if language == "bids":
        most = [
            int(np.diff(law.valuations.starts).max(initial=0)) + 1  # type: ignore[attr-defined]
            for law in laws
        ]
        return profiles * prod(most)
    return int(profiles * (len(laws) + 1) ** laws[0].n_items)


class _Program:
    """Profiles, allocations, rows and objective."""

    def __init__(self, laws: tuple[FiniteLaw, ...], ic: Incentives) -> None:
        self.laws, self.ic, self.n, self.m = laws, ic, len(laws), laws[0].n_items
        language = language_of(laws)
        self.columns = [columns_of(law, language) for law in laws]
        self.each = language == "additive"
        self.counts = [len(columns.weights) for columns in self.columns]
        self.profiles = np.array(list(product(*map(range, self.counts))), dtype=np.int64)
        self.profiles = self.profiles.reshape(-1, self.n)
        self.chances = np.prod(
            [columns.weights[self.profiles[:, i]] for i, columns in enumerate(self.columns)], axis=0
        )
        self.value = max(float(c.values.max(initial=0.0)) for c in self.columns) or 1.0
        self._allocate()
        self._write()

    def _allocate(self) -> None:
        """List the atoms of every profile: who gets which items, and what that is worth to types.

        ``owners`` has a row for each atom; ``worth[i]`` a value of it for every type of bidder i.
        """
        owners: list[FloatArray] = []
        starts = [0]
        known: dict[tuple[int, ...], FloatArray] = {}
        for profile in self.profiles.tolist():
            key = () if self.each else self._shape(profile)
            if key not in known:
                known[key] = self._atoms(profile)
            owners.append(known[key])
            starts.append(starts[-1] + len(known[key]))
        self.owners: IntArray = np.concatenate(owners).astype(np.int64)
        self.starts = np.array(starts)
        self.profile_of = np.repeat(np.arange(len(self.profiles)), np.diff(self.starts))
        kinds, place = np.unique(self.owners, axis=0, return_inverse=True)
        self.worth = [
            columns.types.of(kinds == i)[:, place.ravel()] / self.value
            for i, columns in enumerate(self.columns)
        ]

    def _shape(self, profile: list[int]) -> tuple[int, ...]:
        """Return what the allocations of a profile depend on: types that bid on other bundles."""
        bids = language_of(self.laws) == "bids"
        return tuple(profile) if bids else (-1,)

    def _atoms(self, profile: list[int]) -> FloatArray:
        """Return the owners of the items in every atom of a profile."""
        if self.each:
            found = np.full((self.n * self.m, self.m), -1)
            rows = np.arange(self.n * self.m)
            found[rows, rows % self.m] = rows // self.m
            return found
        partial = [np.full(self.m, -1)]
        for i, t in enumerate(profile):
            columns = self.columns[i]
            offered = columns.bundles[columns.owner == t]
            grown = list(partial)
            for owners in partial:
                grown += [
                    np.where(bundle, i, owners) for bundle in offered if (owners[bundle] < 0).all()
                ]
            partial = grown
        return np.array(partial[1:]).reshape(len(partial) - 1, self.m)

    def _write(self) -> None:
        """Write rows and objective."""
        from eqsolve.algorithms.programs.rows import Rows

        atoms, count = len(self.owners), len(self.profiles)
        if self.ic == "bic":
            ends = np.cumsum([0, *self.counts])
            self.utility = [atoms + ends[i] + self.profiles[:, i] for i in range(self.n)]
            utilities = int(ends[-1])
        else:
            self.utility = [atoms + i * count + np.arange(count) for i in range(self.n)]
            utilities = self.n * count
        self.rows = rows = Rows(atoms + utilities)
        every = np.arange(atoms)
        if self.each:
            item = (self.owners >= 0).argmax(axis=1)
            rows.at_most(np.ones(count * self.m), (self.profile_of * self.m + item, every, 1.0))
        else:
            rows.at_most(np.ones(count), (self.profile_of, every, 1.0))
        self.before = rows.height
        self.blocks: list[tuple[int, int, int, int]] = []
        for i in range(self.n):
            self._incentives(i)
        weights = self.chances / self.chances.mean()
        own = sum(self.worth[i][self.profiles[self.profile_of, i], every] for i in range(self.n))
        objective = np.zeros(atoms + utilities)
        objective[:atoms] = weights[self.profile_of] * own
        for i in range(self.n):
            np.add.at(objective, self.utility[i], -weights)
        self.objective = objective

    def _incentives(self, i: int) -> None:
        """Add the rows by which bidder i does not call itself another type.

        One for each (context, t, s): on average over all profiles of the others, or for each.
        """
        others = np.delete(self.profiles, i, axis=1)
        sizes = [count for j, count in enumerate(self.counts) if j != i]
        context = np.zeros(len(others), dtype=np.int64)
        for k, size in enumerate(sizes):
            context = context * size + others[:, k]
        chance = np.ones(len(others))
        if self.ic == "bic":
            context = np.zeros_like(context)
            chance = self.chances / self.columns[i].weights[self.profiles[:, i]]
        contexts = int(context.max(initial=0)) + 1
        types = self.counts[i]
        said = self.profiles[:, i]
        place = np.full((contexts, types), -1)
        place[context, said] = self.utility[i]
        own = self.worth[i][said[self.profile_of], np.arange(len(self.owners))]
        for t in range(types):
            for s in range(types):
                if s == t:
                    continue
                atoms = np.flatnonzero(said[self.profile_of] == s)
                extra = (self.worth[i][t, atoms] - own[atoms]) * chance[self.profile_of[atoms]]
                every = np.arange(contexts)
                self.rows.at_most(
                    np.zeros(contexts),
                    (
                        context[self.profile_of[atoms]],
                        atoms,
                        extra,
                    ),
                    (every, place[:, s], 1.0),
                    (every, place[:, t], -1.0),
                )
                self.blocks.append((i, t, s, contexts))

    def flows(self, duals: FloatArray) -> list[FloatArray]:
        """Return the flows that duals of the rows amount to, by bidder and context."""
        found: list[FloatArray] = []
        at = self.before
        for i in range(self.n):
            own = [block for block in self.blocks if block[0] == i]
            contexts = own[0][3] if own else 1
            if self.ic == "dsic":
                contexts = prod(count for j, count in enumerate(self.counts) if j != i)
            found.append(np.zeros((contexts, self.counts[i], self.counts[i])))
        for i, t, s, contexts in self.blocks:
            found[i][:, t, s] = duals[at : at + contexts]
            at += contexts
        scale = self.chances.mean()
        for i, columns in enumerate(self.columns):
            shares = self._contexts(i)
            for k in range(len(found[i])):
                found[i][k] = balanced(found[i][k] * scale / shares[k], columns.weights)
        return found

    def _contexts(self, i: int) -> FloatArray:
        """Return how likely each profile of the others is; 1 where incentives are on average."""
        if self.ic == "bic":
            return np.ones(1)
        chances = np.ones(1)
        for j, columns in enumerate(self.columns):
            if j != i:
                chances = np.outer(chances, columns.weights).ravel()
        return chances

    def told(self, flows: list[FloatArray]) -> list[FloatArray]:
        """Return flows between all types of the laws, whose merged types share what they have."""
        found = []
        for i, law in enumerate(self.laws):
            shares, place = law.probabilities, self.columns[i].of_type
            if self.ic == "bic":
                found.append(spread_over(flows[i][0], shares, place))
                continue
            sizes = [count for j, count in enumerate(self.counts) if j != i]
            places = [self.columns[j].of_type for j in range(self.n) if j != i]
            rows = []
            for others in product(*places):
                if min(others, default=0) < 0:
                    rows.append(np.zeros((len(place), len(place))))
                    continue
                context = 0
                for size, t in zip(sizes, others, strict=True):
                    context = context * size + t
                rows.append(spread_over(flows[i][context], shares, place))
            found.append(np.array(rows))
        return found

    def mechanism(self, shares: FloatArray) -> DirectMechanism:
        """Return the mechanism with given shares, at the greatest payments."""
        shares = np.clip(shares, 0.0, 1.0)
        lotteries = [self._lottery(p, shares) for p in range(len(self.profiles))]
        values = np.zeros((len(self.profiles), self.n))
        for p, (chances, owners) in enumerate(lotteries):
            for i, columns in enumerate(self.columns):
                own = columns.types.take([self.profiles[p, i]]).of(owners == i)[0]
                values[p, i] = chances @ own
        payments = np.zeros_like(values)
        for i in range(self.n):
            payments[:, i] = self._payments(i, lotteries, values[:, i])
        merged = {tuple(profile): p for p, profile in enumerate(self.profiles.tolist())}
        listed, atoms, rows = [], [0], []
        for profile in product(*(range(law.n_types) for law in self.laws)):
            key = tuple(int(c.of_type[t]) for c, t in zip(self.columns, profile, strict=True))
            if min(key, default=0) >= 0:
                listed.append(profile)
                rows.append(merged[key])
                atoms.append(atoms[-1] + len(lotteries[rows[-1]][0]))
        return DirectMechanism(
            self.ic,
            np.array(listed, dtype=np.int64).reshape(-1, self.n),
            np.array(atoms),
            np.concatenate([np.zeros(0), *(lotteries[p][0] for p in rows)]),
            np.concatenate([np.zeros((0, self.m), np.int64), *(lotteries[p][1] for p in rows)]),
            read_only(payments[rows].reshape(-1, self.n)),
        )

    def _lottery(self, p: int, shares: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return chances and owners of the allocations of a profile."""
        part = slice(int(self.starts[p]), int(self.starts[p + 1]))
        share, owners = shares[part], self.owners[part]
        if not self.each:
            used = np.flatnonzero(share > 0)
            total = max(1.0, float(share[used].sum()))
            return share[used] / total, owners[used]
        # One number u decides on all items: item j goes to the bidder in whose part of [0, 1] u is.
        table = np.cumsum(share.reshape(self.n, self.m), axis=0)
        table /= np.maximum(1.0, table[-1:])
        marks = np.unique(np.concatenate([[0.0, 1.0], table.ravel()]))
        chances, middle = np.diff(marks), (marks[1:] + marks[:-1]) / 2
        who = (table[None, :, :] <= middle[:, None, None]).sum(axis=1)
        who = np.where(who == self.n, -1, who)
        sold = (who >= 0).any(axis=1)
        return chances[sold], who[sold].astype(np.int64)

    def _payments(
        self, i: int, lotteries: list[tuple[FloatArray, IntArray]], values: FloatArray
    ) -> FloatArray:
        """Return what bidder i pays in each profile: the greatest that incentives allow.

        On average (BIC) a type's payment is shared out over profiles as its value is, so that no
        profile costs it more than what it gets there is worth to it.
        """
        types = self.columns[i].types
        said, count = self.profiles[:, i], self.counts[i]
        gains = np.zeros((len(self.profiles), count))  # of what a profile gives i, to each type
        for p, (chances, owners) in enumerate(lotteries):
            gains[p] = types.of(owners == i) @ chances
        paid = np.zeros(len(self.profiles))
        if self.ic == "bic":
            chance = self.chances / self.columns[i].weights[said]
            table = np.zeros((count, count))
            np.add.at(table, said, gains * chance[:, None])
            prices = greatest_prices(table.T)
            worth = np.diag(table)
            share = np.where(worth > 0, prices / np.where(worth > 0, worth, 1.0), 0.0)
            return values * share[said]
        others = np.delete(self.profiles, i, axis=1)
        _, context = np.unique(others, axis=0, return_inverse=True)
        for k in range(int(context.max(initial=-1)) + 1):
            rows = np.flatnonzero(context.ravel() == k)
            rows = rows[np.argsort(said[rows])]
            paid[rows] = greatest_prices(gains[rows].T)
        return paid


def best_direct(
    laws: tuple[FiniteLaw, ...], ic: Incentives, deadline: Deadline, *, lotteries: bool = True
) -> Direct:
    """Return the best direct mechanism, and with lotteries the flows that prove it."""
    from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
    from eqsolve.algorithms.programs.linear import maximize_linear
    from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

    program = _Program(laws, ic)
    atoms, width = len(program.owners), program.rows.width
    matrix, right = program.rows.matrix(), program.rows.right()
    if lotteries:
        found = maximize_linear(program.objective, matrix, right, deadline)
    else:
        whole = np.arange(width) < atoms
        found = maximize_mixed_integer(
            program.objective, matrix, right, integer=whole,
            upper=np.where(whole, 1.0, np.inf), deadline=deadline,
        )  # fmt: skip
    answer = solved_or_stopped(found, "to sell nothing is a mechanism")
    scale = program.value * float(program.chances.mean())
    if answer.values is None:
        return Direct(None, None, np.inf, answer.limit if isinstance(answer, Stopped) else None)
    shares = answer.values[:atoms] if lotteries else np.round(answer.values[:atoms])
    flows = None
    if lotteries and not isinstance(answer, Stopped):
        flows = program.told(program.flows(answer.duals))
    return Direct(
        program.mechanism(shares), flows, answer.bound * scale,
        answer.limit if isinstance(answer, Stopped) else None,
    )  # fmt: skip
