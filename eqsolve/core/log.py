"""What is going on, for whoever listens to ``logging.getLogger("eqsolve")``.

Nothing is installed: without handlers of the user's nothing is written. A program that has not
imported `logging` listens to nobody, and we do not import it for ourselves.
"""

from __future__ import annotations

import sys

__all__ = ["note"]


def note(text: str, *values: object) -> None:
    """Log a line at the level INFO, with ``%s`` for the values.

    Parameters
    ----------
    text : the line.
    *values : what it tells; one that can be called is made only where somebody listens.

    Examples
    --------
    >>> import logging
    >>> logging.getLogger("eqsolve").name
    'eqsolve'
    >>> note("method %s", "hungarian")
    """
    logging = sys.modules.get("logging")
    if logging is not None and (logger := logging.getLogger("eqsolve")).isEnabledFor(logging.INFO):
        logger.info(text, *(value() if callable(value) else value for value in values))
