"""What denoisers make of a joint history: fixed points of each agent's own, and composite flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, sealed
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.shown import Shown
from eqsolve.families.dec_pomdp.instance import History

__all__ = ["Denoised", "FixedPoint", "Flow", "denoised_from", "denoised_to"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class FixedPoint(Shown):
    """A point that a denoiser leaves where it is.

    Parameters
    ----------
    point : shape (d,).
    state : the state whose point lies nearest.
    residual : how far the denoiser moves it.
    spectral_radius, rank : of the Jacobian there.
    deviation : distance from the point of the state.
    bound : what certifies the distance from above, or None.
    """

    point: FloatArray
    state: int
    residual: float
    spectral_radius: float
    rank: int
    deviation: float
    bound: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return own | {"point": self.point.tolist()}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Flow(Shown):
    """The composite flow: every agent's denoiser in turn, again and again.

    Parameters
    ----------
    path : the start, then the point after every denoiser, shape (1 + n * rounds, d).
    converged : whether rounds repeat and all agents leave the point at one state.
    cycle : nearest states after each denoiser of the part that repeats; a single state where the
        flow converged, empty where nothing repeats within the rounds allowed.
    state : the state whose point lies nearest to the end.
    in_shared : whether that is a shared state.
    """

    path: FloatArray
    converged: bool
    cycle: tuple[int, ...]
    state: int
    in_shared: bool

    @property
    def ending(self) -> str:
        """How the flow ends, in words."""
        return "converges" if self.converged else "goes round" if self.cycle else "still moves"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "path": self.path.tolist(),
            "converged": self.converged,
            "cycle": list(self.cycle),
            "state": self.state,
            "in_shared": self.in_shared,
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Denoised(Shown):
    """What denoisers make of one joint history.

    Parameters
    ----------
    history : the joint history.
    fixed_points : those found of each agent's denoiser.
    shared : states that no agent alone can rule out, rising.
    flow : the composite flow, or None.
    """

    history: History
    fixed_points: tuple[tuple[FixedPoint, ...], ...]
    shared: tuple[int, ...]
    flow: Flow | None


def denoised_to(entries: Sequence[Denoised]) -> dict[str, Any]:
    """Return the fields of a file, each a list with an entry for each history."""
    return {
        "fixed_points": [
            [[it.to_dict() for it in own] for own in entry.fixed_points] for entry in entries
        ],
        "shared": [list(entry.shared) for entry in entries],
        "flow": [None if entry.flow is None else entry.flow.to_dict() for entry in entries],
    }


def denoised_from(
    document: Mapping[str, Any], histories: Sequence[History], n_agents: int
) -> tuple[Denoised, ...]:
    """Return what denoisers make of histories, from the fields of a file.

    Raises
    ------
    InstanceError : an entry does not have its form, or there is none for a history.
    """
    faults: list[Fault] = []
    found = []
    try:
        entries = zip(
            histories,
            document["fixed_points"],
            document["shared"],
            document["flow"],
            strict=True,
        )
        for history, points, shared, flow in entries:
            own = tuple(tuple(_fixed_point(part, faults) for part in mine) for mine in points)
            if len(own) != n_agents:
                faults.append(
                    Fault("fixed_points", f"must have a list for each of {n_agents} agents")
                )
            found.append(
                Denoised(
                    history=history,
                    fixed_points=own,
                    shared=tuple(int(state) for state in shared),
                    flow=None if flow is None else _flow(flow, faults),
                )
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        rule = f"must have their forms, an entry for each history: {error}"
        raise InstanceError(Fault("fixed_points", rule)) from None
    if faults:
        raise InstanceError(faults)
    return tuple(found)


def _fixed_point(part: Mapping[str, Any], faults: list[Fault]) -> FixedPoint:
    """Return a fixed point of a file; adds faults."""
    bound = part["bound"]
    return FixedPoint(
        point=_array(part["point"], (None,), faults),
        state=int(part["state"]),
        residual=float(part["residual"]),
        spectral_radius=float(part["spectral_radius"]),
        rank=int(part["rank"]),
        deviation=float(part["deviation"]),
        bound=None if bound is None else float(bound),
    )


def _flow(part: Mapping[str, Any], faults: list[Fault]) -> Flow:
    """Return a flow of a file; adds faults."""
    return Flow(
        path=_array(part["path"], (None, None), faults),
        converged=bool(part["converged"]),
        cycle=tuple(int(state) for state in part["cycle"]),
        state=int(part["state"]),
        in_shared=bool(part["in_shared"]),
    )


def _array(given: Any, shape: tuple[None, ...], faults: list[Fault]) -> FloatArray:
    """Return numbers as floats; empty after a fault."""
    found = as_numbers(given, "fixed_points", shape, faults, signed=True)
    return np.zeros(0) if found is None else sealed(found.astype(np.float64))
