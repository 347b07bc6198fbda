"""What can go wrong with an endpoint.

::

    BackendError
    └── EndpointError           no answer: down, refused, or not understood
        └── StoppedError        ... or not asked any more: time, Ctrl-C, cost
    OptionError
    └── MissingAnswerError      offline, and the store does not hold the answer
"""

from __future__ import annotations

from eqsolve.core.errors import BackendError, OptionError
from eqsolve.core.status import Limit

__all__ = ["EndpointError", "MissingAnswerError", "StoppedError"]


class EndpointError(BackendError):
    """An endpoint gave no answer that can be used.

    Parameters
    ----------
    reason : why, one line.
    status : the HTTP status of a refusal, 0 where there is none.
    said : what the server said, cut; may be empty.
    """

    limit: Limit = Limit.BACKEND

    def __init__(self, reason: str, *, status: int = 0, said: str = "") -> None:
        self.status, self.said = status, said
        super().__init__(reason)


class StoppedError(EndpointError):
    """A limit was hit before the answer was there.

    Parameters
    ----------
    reason : which, one line.
    limit : the same.
    """

    def __init__(self, reason: str, limit: Limit) -> None:
        super().__init__(reason)
        self.limit = limit


class MissingAnswerError(OptionError):
    """The store does not hold an answer, and nobody may be asked."""
