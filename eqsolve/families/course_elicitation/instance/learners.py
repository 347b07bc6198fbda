"""What learns from reports and answers, as plans name it, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

__all__ = ["AMOUNTS", "LEARNERS", "MAY_BE_ZERO", "Bayes", "Learner", "Logistic", "Mvnn"]

AMOUNTS = ("forgotten_mean", "forgotten_sd", "reported_sd", "pair_sd", "response")
"""Numbers of every learner that are in percent of the greatest value that a student reports."""
MAY_BE_ZERO = ("forgotten_mean", "error")


@dataclass(frozen=True, slots=True)
class Learner:
    """Base of all learners: how far the truth may lie from a report, and answers from the truth.

    All numbers but `error` are in percent of the greatest value that the student reports.

    Attributes
    ----------
    rule : the word in files.
    needs : package that it imports beyond those of a plain installation -> the extra with it.

    Parameters
    ----------
    forgotten_mean, forgotten_sd : what courses are worth that were not reported.
    reported_sd : how far values lie from what was reported.
    pair_sd : the same for what pairs add.
    response : noise of answers: two bundles this far apart are told apart five times in six.
    error : share of answers that are wrong whatever is asked, in [0, 1/2); None: as many as the
        answerer makes, a quarter for models and functions.
    """

    rule: ClassVar[str]
    needs: ClassVar[Mapping[str, str]] = {}

    forgotten_mean: float = 20.0
    forgotten_sd: float = 15.0
    reported_sd: float = 23.0
    pair_sd: float = 10.0
    response: float = 15.0
    error: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files; numbers at their defaults are left out."""
        usual = asdict(type(self)())
        return {"rule": self.rule} | {
            name: value for name, value in asdict(self).items() if value != usual[name]
        }

    def scaled(self, unit: float) -> Learner:
        """Return the same learner with its amounts in the units of values.

        Parameters
        ----------
        unit : a hundredth of the greatest value that the student reports.
        """
        return replace(self, **{name: getattr(self, name) * unit for name in AMOUNTS})


@dataclass(frozen=True, slots=True)
class Bayes(Learner):
    """A Gaussian belief over base values and reported pairs, see `learning.bayes`.

    Parameters
    ----------
    forgotten_mean, forgotten_sd, reported_sd, pair_sd, response, error : see `Learner`.

    Examples
    --------
    >>> Bayes().to_dict(), Bayes(response=5.0).to_dict()
    ({'rule': 'bayes'}, {'rule': 'bayes', 'response': 5.0})
    """

    rule: ClassVar[str] = "bayes"


@dataclass(frozen=True, slots=True)
class Logistic(Learner):
    """Logistic regression on base values and reported pairs, see `learning.logistic`.

    Parameters
    ----------
    forgotten_mean, forgotten_sd, reported_sd, pair_sd, response, error : see `Learner`.

    Examples
    --------
    >>> Logistic(error=0.1).to_dict(), Logistic.needs
    ({'rule': 'logistic', 'error': 0.1}, {'sklearn': 'learn'})
    """

    rule: ClassVar[str] = "logistic"
    needs: ClassVar[Mapping[str, str]] = {"sklearn": "learn"}


@dataclass(frozen=True, slots=True)
class Mvnn(Learner):
    """Monotone value networks, see `learning.mvnn`; that training was done is not proved.

    Parameters
    ----------
    forgotten_mean, forgotten_sd, reported_sd, pair_sd, response, error : see `Learner`.

    Examples
    --------
    >>> Mvnn(pair_sd=20.0).to_dict(), Mvnn.needs
    ({'rule': 'mvnn', 'pair_sd': 20.0}, {'torch': 'learn'})
    """

    rule: ClassVar[str] = "mvnn"
    needs: ClassVar[Mapping[str, str]] = {"torch": "learn"}


LEARNERS: Mapping[str, type[Learner]] = {kind.rule: kind for kind in (Bayes, Logistic, Mvnn)}
"""Word in files -> class."""
