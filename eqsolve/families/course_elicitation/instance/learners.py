"""What learns from reports and answers, as plans name it, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar

__all__ = ["LEARNERS", "Bayes"]


@dataclass(frozen=True, slots=True)
class Bayes:
    """A Gaussian belief over base values and reported pairs, see `learning.bayes`.

    All numbers but `error` are in percent of the greatest value that the student reports.

    Parameters
    ----------
    forgotten_mean, forgotten_sd : what courses are worth that were not reported.
    reported_sd : how far values lie from what was reported.
    pair_sd : the same for what pairs add.
    response : noise of answers: two bundles this far apart are told apart five times in six.
    error : share of answers that are wrong whatever is asked, in [0, 1/2); None: as many as the
        answerer makes, a quarter for models and functions.

    Examples
    --------
    >>> Bayes().to_dict(), Bayes(response=5.0).to_dict()
    ({'rule': 'bayes'}, {'rule': 'bayes', 'response': 5.0})
    """

    rule: ClassVar[str] = "bayes"

    forgotten_mean: float = 20.0
    forgotten_sd: float = 15.0
    reported_sd: float = 23.0
    pair_sd: float = 10.0
    response: float = 15.0
    error: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files; numbers at their defaults are left out."""
        usual = asdict(Bayes())
        return {"rule": self.rule} | {
            name: value for name, value in asdict(self).items() if value != usual[name]
        }

    def scaled(self, unit: float) -> Bayes:
        """Return the same learner with its numbers in the units of values.

        Parameters
        ----------
        unit : a hundredth of the greatest value that the student reports.
        """
        numbers = {
            entry.name: getattr(self, entry.name) * unit
            for entry in fields(self)
            if entry.name != "error"
        }
        return replace(self, **numbers)


LEARNERS: Mapping[str, type[Bayes]] = {Bayes.rule: Bayes}
"""Word in files -> class."""
