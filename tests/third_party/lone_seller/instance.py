"""One seller with one item; buyer i values it ``values[i]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance

if TYPE_CHECKING:
    from lone_seller.solution import LoneSellerSolution


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class LoneSeller(Instance["LoneSellerSolution"]):
    """Values of the buyers, shape (n,) with n >= 1."""

    kind: ClassVar[str] = "lone_seller"

    values: NumberArray

    def __init__(
        self,
        values: object,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        found = as_numbers(values, "values", (None,), faults)
        if found is not None and not found.size:
            faults.append(Fault("values", "there must be a buyer"))
        self._settle(faults, name, labels, metadata, values=found)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "values", self.values

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of buyers."""
        return {"buyers": len(self.values)}

    def ranked(self) -> tuple[int, int | float, int | float]:
        """Return the first buyer of the highest value, this value, and the next (or 0)."""
        first = int(np.argmax(self.values))
        others = np.delete(self.values, first)
        return first, self.values[first].item(), others.max().item() if others.size else 0
