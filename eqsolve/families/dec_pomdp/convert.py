"""``.dpomdp`` files, packed or not, as models: read directly wherever an instance is asked for.

Names become labels. Rewards are what is expected of them given state and joint action; files of
costs have their signs changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from eqsolve.core.converter import Converter, file_name
from eqsolve.core.errors import FormatError, InstanceError
from eqsolve.families.dec_pomdp.instance import DecPOMDP, Rows, actions_of, observations_of
from eqsolve.formats.dpomdp import DpomdpFile, is_dpomdp, read_dpomdp

__all__ = ["CONVERTERS", "Dpomdp", "read_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpomdp(Converter):
    """Files of the MADP toolbox."""

    name: ClassVar[str] = "dpomdp"
    summary: ClassVar[str] = "Dec-POMDPs of the MADP toolbox, .dpomdp or .dpomdp.gz"
    source: ClassVar[str] = (
        "Spaan, M. T. J. and Oliehoek, F. A. (2008). The MultiAgent Decision Process toolbox"
    )
    kind: ClassVar[str] = "dec_pomdp"
    suffixes: ClassVar[tuple[str, ...]] = (".dpomdp", ".dpomdp.gz")

    def recognizes(self, path: Path) -> bool:
        """Return whether the file is called so, or begins with agents and discount."""
        return path.is_file() and is_dpomdp(path)

    def read(self, path: Path) -> Iterator[DecPOMDP]:
        """Yield the model of the file."""
        record = {"converter": self.name, "options": asdict(self), "file": file_name(path)}
        yield read_model(path, metadata={"source": self.source, **record})


def read_model(path: Path, metadata: dict[str, object] | None = None) -> DecPOMDP:
    """Return the model of a ``.dpomdp`` file.

    Raises
    ------
    FormatError : with the line of every fault.
    """
    file = read_dpomdp(path)
    rows = len(file.states)
    for actions in file.actions:
        rows *= len(actions)
    width = 1
    for seen in file.observations:
        width *= len(seen)
    try:
        return DecPOMDP.from_rows(
            [len(names) for names in file.actions],
            [len(names) for names in file.observations],
            Rows.entries(rows, len(file.states), *file.transitions),
            Rows.entries(rows, width, *file.sights),
            file.start,
            rewards=file.rewards,
            discount=file.discount,
            name=file_name(path).removesuffix(".gz").removesuffix(".dpomdp"),
            labels=_labels(file),
            metadata=metadata or {},
        )
    except InstanceError as error:
        raise FormatError(str(path), error.faults) from None


def _labels(file: DpomdpFile) -> dict[str, tuple[str, ...]]:
    """Return the names that the file gives."""
    sides = {"agents": file.agents, "states": file.states}
    for i, (actions, seen) in enumerate(zip(file.actions, file.observations, strict=True)):
        sides |= {actions_of(i): actions, observations_of(i): seen}
    return {side: names for side, names in sides.items() if side in file.named}


CONVERTERS: tuple[type[Converter], ...] = (Dpomdp,)
