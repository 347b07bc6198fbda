"""Fitted policy iteration: a network of prices climbs what each menu earns now and later (SEQ-2).

In rounds: (1) runs with noise on the prices say which states are met; (2) the critic, a network of
what a state is worth, is fitted to one-step targets under hard choice; (3) prices follow the
gradient of soft choice, with the critic held still in what comes later. The gradient passes through
the buyer's choice. Rates fall from round to round, and the prices that earn most on the choose set
under hard choice are kept. Both networks begin as posted prices of items and what these earn.

Two forms: a price of every bundle, where what comes later is looked up for all sets of items; an
entry fee with item prices for additive values, where it is the critic's value of the soft rest.

torch only computes here; draws, sampling and hard evaluation are numpy's. Values are scaled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np

from eqsolve.core.archive import Archive
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.bundles import all_bundles, numbers_of
from eqsolve.families.auction_design.playing.policy import inputs_of
from eqsolve.families.auction_design.playing.runs import play_types
from eqsolve.families.auction_design.solution.mechanism import PLACES, PolicyMechanism

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Learned", "Schedule", "Start", "learned"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How training goes.

    Parameters
    ----------
    rounds : of the three steps above.
    runs : in which states are met, each round.
    value_steps, policy_steps : of Adam, each round.
    states, draws : of a policy step.
    width : of the two hidden layers.
    rate, fall : of learning at first, and times what each round.
    sharpness : of soft choice, for values near 1.
    """

    rounds: int
    runs: int
    value_steps: int
    policy_steps: int
    states: int
    draws: int
    width: int
    rate: float
    fall: float
    sharpness: float


class Start(NamedTuple):
    """Where training begins, by place in the order: item prices, and what items bring from there.

    Parameters
    ----------
    prices : shape (n, m).
    worth : shape (n + 1, m), 0 in the last row.
    """

    prices: FloatArray
    worth: FloatArray


class Learned(NamedTuple):
    """The best network, and [round, revenue on the choose set] of every round."""

    mechanism: PolicyMechanism
    history: list[list[float]]
    steps: int


def learned(
    form: Literal["bundles", "entry_fee"],
    order: Sequence[int],
    fit: Sequence[Valuations],
    choose: tuple[Valuations, ...],
    start: Start,
    schedule: Schedule,
    rng: np.random.Generator,
    deadline: Deadline,
) -> Learned:
    """Return the best network of the rounds.

    Parameters
    ----------
    form : of the menus.
    order : the bidders in the order in which they come.
    fit : types to learn from, by place in the order.
    choose : types to choose the best round by, by bidder.
    start : see there.
    rng : all that is random.
    """
    from eqsolve.algorithms.one_thread import one_thread

    with one_thread():
        training = _FORMS[form](tuple(order), fit, start, schedule, rng)
        return training.run(choose, deadline)


@dataclass
class _Training:
    """What both forms share: networks, rounds, the critic.

    States are kept as places in the order, shape (S,), and what is left, shape (S, m).
    """

    form: ClassVar[Literal["bundles", "entry_fee"]]

    order: tuple[int, ...]
    fit: Sequence[Valuations]
    start: Start
    schedule: Schedule
    rng: np.random.Generator
    m: int = field(init=False)
    n: int = field(init=False)
    scale: float = field(init=False)
    waves: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        import torch

        self.m, self.n = self.start.prices.shape[1], len(self.order)
        self.scale = self._scale() or 1.0
        nothing = np.zeros((1, self.m), dtype=np.bool_)
        self.waves = np.concatenate([inputs_of(nothing, k)[:, self.m :] for k in range(self.n + 1)])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(int(self.rng.integers(2**31)))
        self.actor = self._network(self._outputs())
        self.critic = self._network(1)

    def _scale(self) -> float:
        """Return by what values are divided."""
        raise NotImplementedError

    def _outputs(self) -> int:
        """Return how many prices a menu has."""
        raise NotImplementedError

    def _asked(self, place: IntArray, left: BoolArray) -> FloatArray:
        """Return the prices of the start, scaled, shape (S, outputs)."""
        raise NotImplementedError

    def _left_after(self, place: int, left: BoolArray, menus: FloatArray) -> BoolArray:
        """Return what is left after types drawn anew, one for each row, chose from menus."""
        raise NotImplementedError

    def _targets(self, place: IntArray, left: BoolArray) -> FloatArray:
        """Return what is earned from states under hard choice, with the critic's later."""
        raise NotImplementedError

    def _soft(self, place: IntArray, left: BoolArray) -> Tensor:
        """Return what is earned from states under soft choice."""
        raise NotImplementedError

    def _hold(self) -> None:
        """Prepare what the critic says for the steps in which it is held still."""

    def _network(self, outputs: int) -> Any:
        """Return a network with two hidden layers."""
        from torch import nn

        width = self.schedule.width
        return nn.Sequential(
            nn.Linear(self.m + PLACES, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(),
            nn.Linear(width, outputs),
        ).to(self.device)  # fmt: skip

    def tensor(self, array: Any) -> Tensor:
        """Return an array as a tensor of floats."""
        import torch

        return torch.as_tensor(np.asarray(array, dtype=np.float32), device=self.device)

    def inputs(self, place: IntArray, left: BoolArray) -> Tensor:
        """Return the inputs of both networks."""
        return self.tensor(np.concatenate([left, self.waves[place]], axis=1))

    def prices(self, place: IntArray, left: BoolArray) -> Tensor:
        """Return the prices of menus, scaled."""
        from torch.nn import functional

        return functional.softplus(self.actor(self.inputs(place, left)))

    def menus(self, place: IntArray, left: BoolArray) -> FloatArray:
        """Return the prices of menus for hard choice, scaled, shape (S, outputs)."""
        import torch

        with torch.no_grad():
            found: FloatArray = self.prices(place, left).cpu().numpy()
        return found

    def values(self, place: IntArray, left: BoolArray) -> FloatArray:
        """Return what the critic says: 0 after the last bidder and where nothing is left."""
        import torch

        with torch.no_grad():
            found = self.critic(self.inputs(place, left))[:, 0].cpu().numpy().astype(np.float64)
        over = (place >= self.n) | ~left.any(axis=1)
        return np.where(over, 0.0, found)

    def some_states(self, count: int) -> tuple[IntArray, BoolArray]:
        """Return states at random, in which something is left."""
        left = self.rng.random((count, self.m)) < self.rng.random((count, 1))
        left[~left.any(axis=1), 0] = True
        return self.rng.integers(0, self.n, count), left

    def met(self, noise: float) -> tuple[IntArray, BoolArray]:
        """Return states that are met in runs with noise on the prices."""
        left = np.ones((self.schedule.runs, self.m), dtype=np.bool_)
        places, states = [], []
        for k in range(self.n):
            place = np.full(len(left), k)
            rows = np.flatnonzero(left.any(axis=1))
            places.append(place[rows])
            states.append(left[rows])
            menus = self.menus(place, left)
            left = self._left_after(k, left, menus + noise * self.rng.normal(size=menus.shape))
        return np.concatenate(places), np.concatenate(states)

    def drawn(self, place: IntArray, draws: int) -> IntArray:
        """Return rows of types for states, shape (S, draws)."""
        sizes = np.array([len(types) for types in self.fit])
        rows: IntArray = self.rng.integers(0, sizes[place][:, None], (len(place), draws))
        return rows

    def run(self, choose: tuple[Valuations, ...], deadline: Deadline) -> Learned:
        """Begin, go through the rounds, keep the best."""
        import torch

        plan = self.schedule
        self._begin()
        actor = torch.optim.Adam(self.actor.parameters(), lr=plan.rate)
        critic = torch.optim.Adam(self.critic.parameters(), lr=plan.rate)
        best = self.mechanism()
        most = self._revenue(best, choose)
        history, steps = [[0.0, most]], 0
        for number in range(plan.rounds):
            if deadline.expired():
                break
            rate = plan.rate * plan.fall**number
            for optimizer in (actor, critic):
                optimizer.param_groups[0]["lr"] = rate
            place, left = self.met(0.1 * plan.fall**number)
            for _ in range(2):
                self._hold()
                self._fit_critic(critic, place, left, plan.value_steps // 2)
            self._hold()
            for _ in range(plan.policy_steps):
                rows = self.rng.integers(0, len(place), plan.states)
                loss = -self._soft(place[rows], left[rows]).mean()
                actor.zero_grad()
                loss.backward()
                actor.step()
                steps += 1
                if deadline.expired():
                    break
            mechanism = self.mechanism()
            earned = self._revenue(mechanism, choose)
            history.append([float(number + 1), earned])
            if earned > most:
                best, most = mechanism, earned
        return Learned(best, history, steps)

    def _begin(self) -> None:
        """Fit both networks to posted prices of items, and what these bring."""
        import torch
        from torch.nn import functional

        parameters = [*self.actor.parameters(), *self.critic.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=3e-3)
        for _ in range(300):
            place, left = self.some_states(256)
            worth = (left * self.start.worth[place]).sum(axis=1) / self.scale
            told = self.critic(self.inputs(place, left))[:, 0]
            loss = functional.mse_loss(
                self.prices(place, left), self.tensor(self._asked(place, left))
            )
            loss = loss + functional.mse_loss(told, self.tensor(worth))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def _fit_critic(self, optimizer: Any, place: IntArray, left: BoolArray, steps: int) -> None:
        """Fit the critic to what is earned in some states."""
        from torch.nn import functional

        rows = self.rng.permutation(len(place))[: 2 * self.schedule.states]
        place, left = place[rows], left[rows]
        inputs, wanted = self.inputs(place, left), self.tensor(self._targets(place, left))
        for _ in range(steps):
            loss = functional.mse_loss(self.critic(inputs)[:, 0], wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def mechanism(self) -> PolicyMechanism:
        """Return the prices as plain arrays."""
        arrays: dict[str, FloatArray] = {"scale": np.array([self.scale])}
        layers = [self.m + PLACES]
        for k, layer in enumerate(self.actor[::2]):
            arrays[f"w{k}"] = layer.weight.detach().cpu().numpy().T.astype(np.float64)
            arrays[f"b{k}"] = layer.bias.detach().cpu().numpy().astype(np.float64)
            layers.append(len(arrays[f"b{k}"]))
        return PolicyMechanism(self.m, self.order, Archive(arrays), self.form, tuple(layers))

    def _revenue(self, mechanism: PolicyMechanism, choose: tuple[Valuations, ...]) -> float:
        """Return what is earned under hard choice."""
        return float(play_types(mechanism, choose, self.rng).revenue.mean())


class _Bundles(_Training):
    """A price of every bundle; what comes later is looked up for every set of items."""

    form = "bundles"

    def __post_init__(self) -> None:
        self.every = all_bundles(self.start.prices.shape[1])
        self.tables = [types.of(self.every) for types in self.fit]
        super().__post_init__()
        self.tables = [table / self.scale for table in self.tables]
        self.later = np.zeros((self.n + 1, len(self.every)))

    def _scale(self) -> float:
        return float(np.mean([table.max(axis=1).mean() for table in self.tables]))

    def _outputs(self) -> int:
        return len(self.every) - 1

    def _asked(self, place: IntArray, left: BoolArray) -> FloatArray:
        found: FloatArray = self.start.prices[place] @ self.every[1:].T.astype(np.float64)
        return found / self.scale

    def _hold(self) -> None:
        """Ask the critic of all sets of items."""
        for place in range(self.n):
            places = np.full(len(self.every), place)
            self.later[place] = self.values(places, self.every)

    def _offers(self, place: IntArray, left: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Return penalties of bundles that are gone, and the worth of what follows, (S, 2**m)."""
        numbers = numbers_of(left)
        gone = (np.arange(len(self.every)) & ~numbers[:, None]) != 0
        rest = self.later[place[:, None] + 1, numbers[:, None] & ~np.arange(len(self.every))]
        return np.where(gone, 1e6, 0.0), np.where(gone, 0.0, rest)

    def _menu_prices(self, menus: FloatArray) -> FloatArray:
        """Return prices of all bundles, that of nothing 0, shape (S, 2**m)."""
        return np.concatenate([np.zeros((len(menus), 1)), menus], axis=1)

    def _left_after(self, place: int, left: BoolArray, menus: FloatArray) -> BoolArray:
        own = self.tables[place][self.rng.integers(0, len(self.tables[place]), len(left))]
        gone, _ = self._offers(np.full(len(left), place), left)
        chosen = (own - self._menu_prices(menus) - gone).argmax(axis=1)
        found: BoolArray = left & ~self.every[chosen]
        return found

    def _targets(self, place: IntArray, left: BoolArray) -> FloatArray:
        prices = self._menu_prices(self.menus(place, left))
        gone, rest = self._offers(place, left)
        rows = self.drawn(place, 2 * self.schedule.draws)
        found = np.zeros(len(place))
        for s, (k, own) in enumerate(zip(place.tolist(), rows, strict=True)):
            chosen = (self.tables[k][own] - (prices[s] + gone[s])).argmax(axis=1)
            found[s] = (prices[s] + rest[s])[chosen].mean()
        return found

    def _soft(self, place: IntArray, left: BoolArray) -> Tensor:
        import torch

        rows = self.drawn(place, self.schedule.draws)
        own = np.stack([self.tables[k][row] for k, row in zip(place.tolist(), rows, strict=True)])
        gone, rest = (self.tensor(part) for part in self._offers(place, left))
        free = torch.zeros((len(place), 1), device=self.device)
        prices = torch.cat([free, self.prices(place, left)], dim=1)
        utility = self.tensor(own) - (prices + gone)[:, None, :]
        chance = torch.softmax(self.schedule.sharpness * utility, dim=2)
        return (chance * (prices + rest)[:, None, :]).sum(dim=2)


class _EntryFee(_Training):
    """A fee and item prices for additive values; the soft rest goes through the critic."""

    form = "entry_fee"

    def __post_init__(self) -> None:
        single = np.eye(self.start.prices.shape[1], dtype=np.bool_)
        self.items = [types.of(single) for types in self.fit]
        super().__post_init__()
        self.items = [values / self.scale for values in self.items]

    def _scale(self) -> float:
        return 2 * float(np.mean([values.mean() for values in self.items]))

    def _outputs(self) -> int:
        return int(self.m) + 1

    def _asked(self, place: IntArray, left: BoolArray) -> FloatArray:
        prices = self.start.prices[place] / self.scale
        return np.concatenate([np.full((len(place), 1), 0.05), prices], axis=1)

    def _drawn_values(self, place: IntArray, draws: int) -> FloatArray:
        """Return item values for states, shape (S, draws, m)."""
        rows = self.drawn(place, draws)
        return np.stack([self.items[k][row] for k, row in zip(place.tolist(), rows, strict=True)])

    def _taken(
        self, values: FloatArray, menus: FloatArray, left: BoolArray
    ) -> tuple[BoolArray, FloatArray]:
        """Return what is taken by hard choice, and paid; values (S, D, m), menus (S, m + 1)."""
        fee, prices = menus[:, :1], menus[:, None, 1:]
        surplus = np.where(left[:, None, :], values - prices, 0.0)
        wanted = surplus > 0
        enters = np.where(wanted, surplus, 0.0).sum(axis=2) >= fee
        wanted &= enters[:, :, None]
        buys = wanted.any(axis=2)
        return wanted, np.where(buys, (wanted * prices).sum(axis=2) + fee, 0.0)

    def _left_after(self, place: int, left: BoolArray, menus: FloatArray) -> BoolArray:
        values = self._drawn_values(np.full(len(left), place), 1)
        return left & ~self._taken(values, menus, left)[0][:, 0]

    def _targets(self, place: IntArray, left: BoolArray) -> FloatArray:
        draws = 2 * self.schedule.draws
        values, menus = self._drawn_values(place, draws), self.menus(place, left)
        taken, paid = self._taken(values, menus, left)
        rest = (left[:, None, :] & ~taken).reshape(-1, self.m)
        later = self.values(np.repeat(place + 1, draws), rest).reshape(-1, draws)
        found: FloatArray = (paid + later).mean(axis=1)
        return found

    def _soft(self, place: IntArray, left: BoolArray) -> Tensor:
        import torch
        from torch.nn import functional

        sharp, draws = self.schedule.sharpness, self.schedule.draws
        values = self.tensor(self._drawn_values(place, draws))
        there = self.tensor(left)[:, None, :]
        menus = self.prices(place, left)
        fee, prices = menus[:, :1], menus[:, None, 1:]
        wants = torch.sigmoid(sharp * (values - prices)) * there
        surplus = (functional.softplus(sharp * (values - prices)) / sharp * there).sum(dim=2)
        enters = torch.sigmoid(sharp * (surplus - fee))
        paid = enters * (fee + (wants * prices).sum(dim=2))
        waves = self.tensor(self.waves[place + 1])[:, None, :].expand(-1, draws, -1)
        rest = there * (1 - wants)
        goes_on = self.tensor(place + 1 < self.n)[:, None]
        sold = self.critic(torch.cat([rest, waves], dim=2))[:, :, 0] * goes_on
        kept = self.critic(torch.cat([there.expand(-1, draws, -1), waves], dim=2))[:, :, 0]
        return paid + enters * sold + (1 - enters) * (kept * goes_on)


_FORMS: dict[str, type[_Training]] = {kind.form: kind for kind in (_Bundles, _EntryFee)}
