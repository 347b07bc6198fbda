"""What a method that asks models is told: where answers are kept, what may be asked and spent."""

from __future__ import annotations

from dataclasses import dataclass

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.cost import Budget
from eqsolve.endpoints.store import Store

__all__ = ["Asking", "unused_remarks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Settings that methods have in common which ask models.

    Parameters
    ----------
    cache : file with the answers of models, made where there is none; None: in memory.
    offline : ask nobody, use the answers in the cache.
    fresh : ask anew what the cache holds.
    max_cost : stop before the answers that are asked for cost more, in the currency of the prices.
    max_requests : stop before more requests are sent.
    requests_at_once : how many questions may be on their way.

    Raises
    ------
    OptionError : a setting that cannot be, before any work.

    Examples
    --------
    >>> Asking(offline=True, fresh=True)
    Traceback (most recent call last):
        ...
    eqsolve.core.errors.OptionError: option fresh = True: must ask, and offline asks nobody
    """

    cache: str | None = None
    offline: bool = False
    fresh: bool = False
    max_cost: float | None = None
    max_requests: int | None = None
    requests_at_once: int = 1

    def __post_init__(self) -> None:
        require_count(self.requests_at_once, "option requests_at_once", 1)
        Budget(self.max_cost, self.max_requests)
        if self.offline and self.fresh:
            raise OptionError("option fresh = True: must ask, and offline asks nobody")

    def client(self, deadline: Deadline, *, needed: bool) -> Client:
        """Return who asks, to be closed after use; a file is opened only where one is `needed`."""
        return Client(
            Store(self.cache) if needed else Store(), offline=self.offline, fresh=self.fresh,
            max_cost=self.max_cost, max_requests=self.max_requests, deadline=deadline,
        )  # fmt: skip


def unused_remarks(store: Store) -> tuple[str, ...]:
    """Return the remark that a store holds answers which nobody asked for; none where all were."""
    unused = store.unused()
    return (f"{unused} answers in the cache were not asked for",) if unused else ()
