"""The error tree: everything eqsolve raises on purpose.

::

    EqsolveError
    ├── InstanceError        (ValueError)           an instance breaks its own definition
    │   └── FormatError                             ... and it came from a file
    ├── OptionError          (ValueError)           an option that does not exist or cannot be
    ├── UnsupportedError     (NotImplementedError)  a method that does not apply to this instance
    ├── FamilyError          (ImportError)          a family of problems that cannot be imported
    ├── BackendError         (RuntimeError)         a foreign solver failed or is not understood
    ├── CertificateError                            an answer that our own verifier rejects
    └── NoSolutionError                             an answer was required and there is none

Limits that were hit and equilibria that do not exist are statuses, never exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "BackendError",
    "CertificateError",
    "EqsolveError",
    "FamilyError",
    "Fault",
    "FormatError",
    "InstanceError",
    "NoSolutionError",
    "OptionError",
    "UnsupportedError",
    "in_words",
    "nearest_name",
]


class EqsolveError(Exception):
    """Base class of every error that eqsolve raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one input.

    Parameters
    ----------
    field : name of the field (``"values"``), or empty for the whole input.
    rule : what must hold, as a sentence without a full stop.
    index : position inside the field: array indices or keys.
    value : the offending value as it should be shown, or None where there is none to show.
    names : who the position belongs to, along each axis.
    explains : fields of which other faults follow from this one.

    Examples
    --------
    >>> print(Fault("values", "must be >= 0 and finite", index=(2, 5), value=-3.0))
    values[2, 5] = -3.0: must be >= 0 and finite
    >>> print(Fault("values", "a number is missing here", (0, 1), names=("Ann", "mill")))
    values[0, 1] (Ann, mill): a number is missing here
    """

    field: str
    rule: str
    index: tuple[int | str, ...] = ()
    value: object = None
    names: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = self.field
        if self.index:
            place += "[" + ", ".join(str(part) for part in self.index) + "]"
        if self.names:
            place += f" ({', '.join(self.names)})"
        if self.value is not None:
            shown = repr(self.value)
            place += " = " + (shown if len(shown) <= 60 else shown[:57] + "...")
        return f"{place}: {self.rule}" if place else self.rule


class InstanceError(EqsolveError, ValueError):
    """An instance that breaks its own definition; carries every fault that was found.

    Parameters
    ----------
    faults : the faults, in the order of the fields.
    """

    def __init__(self, faults: Sequence[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return one line per fault."""
        return [str(fault) for fault in self.faults]


class FormatError(InstanceError):
    """A file that cannot be used; every line names the file, the field, the value and the rule.

    Parameters
    ----------
    source : the file (and line or fragment) as the user named it.
    faults : the faults found in it.
    """

    def __init__(self, source: str, faults: Sequence[Fault] | Fault) -> None:
        self.source = source
        super().__init__(faults)

    def lines(self) -> list[str]:
        """Return one line per fault, each beginning with the file."""
        return [f"{self.source}: {fault}" for fault in self.faults]


class OptionError(EqsolveError, ValueError):
    """An option or method name that does not exist, or a value that it cannot take."""


class UnsupportedError(EqsolveError, NotImplementedError):
    """A method that does not apply to this instance.

    Parameters
    ----------
    method : the method asked for.
    reason : why it does not apply.
    alternatives : names of the methods that do.
    what : the word for it, where it is no method but a question or picture.
    """

    def __init__(
        self, method: str, reason: str, alternatives: Sequence[str] = (), *, what: str = "method"
    ) -> None:
        self.method, self.reason, self.alternatives = method, reason, tuple(alternatives)
        hint = f"; {what}s that apply: {', '.join(alternatives)}" if alternatives else ""
        super().__init__(f"{what} {method!r} does not apply: {reason}{hint}")


class FamilyError(EqsolveError, ImportError):
    """A family that cannot be imported: something it needs is missing or broken.

    Parameters
    ----------
    kind : its kind.
    reason : why, one line.
    """

    def __init__(self, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, " ".join(reason.split())
        super().__init__(f"kind {kind!r} cannot be used: {self.reason}")


class BackendError(EqsolveError, RuntimeError):
    """A foreign solver failed, or answered with a word that we do not know."""


class CertificateError(EqsolveError):
    """An answer or certificate that the verifier rejects."""


class NoSolutionError(EqsolveError):
    """A solution was required and the result has none."""


def in_words(error: BaseException) -> str:
    r"""Return the kind of an error and its text, if it has any, in one line.

    Examples
    --------
    >>> in_words(ValueError("no\nnumber")), in_words(KeyError())
    ('ValueError: no number', 'KeyError')
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def nearest_name(name: str, valid: Iterable[str]) -> str:
    """Return a hint naming the valid name nearest to `name`, or all valid names when none is near.

    Examples
    --------
    >>> nearest_name("value", ["values", "reserves"])
    "did you mean 'values'?"
    """
    names = sorted(valid)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"valid names: {', '.join(names)}"
