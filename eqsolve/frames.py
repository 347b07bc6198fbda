"""Solutions and answers as tables of a program, and what stands in them about a name.

The tables are those that `view` shows, whole and with numbers as numbers; a family may have tidier
ones (`tidy` in its room ``show``), which come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eqsolve.core.errors import OptionError, UnsupportedError, nearest_name
from eqsolve.core.extras import install_command
from eqsolve.core.instance import Instance
from eqsolve.core.named_rows import Named, Rows
from eqsolve.core.question import Answer
from eqsolve.core.result import Result, claim_of
from eqsolve.core.table import Table, whole_tables
from eqsolve.registry import Family, families, family_of

__all__ = ["Named", "Rows", "by_name", "tables_of", "to_csv", "to_networkx", "to_pandas"]


def tables_of(instance: Any, result: Any = None) -> dict[str, Table]:
    """Return name -> whole table of a solution, or of an answer of `ask`.

    Parameters
    ----------
    instance : an instance of any kind; or a result that knows its instance, or an `Answer`, and
        nothing else.
    result : a result or solution of the instance.

    Returns
    -------
    tables : the first is the one that says who gets what. Names are titles in lower case, without
        what stands in brackets.

    Raises
    ------
    OptionError : no instance, or no result of its kind; no result, or one without a solution.

    Notes
    -----
    Cost O(size of the solution).

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> list(tables_of(market, solve(market)))
    ['trades', 'prices']
    """
    instance, result = _pair(instance, result)
    if isinstance(instance, Answer):
        found: Sequence[Table] = instance.tables
    else:
        family = family_of(instance)
        claimed: Result[Any] = claim_of(result)
        family.require_result(claimed)
        if claimed.solution is None:
            raise OptionError(f"{claimed.status.value}: there is no solution to make tables of")
        show = family.module("show")
        with whole_tables():
            tidy = getattr(show, "tidy", None)
            found = [*(tidy(instance, claimed) if tidy else ()), *show.tables(instance, claimed)]
    return {_key(table.title): table for table in found}


def to_pandas(instance: Any, result: Any = None, table: str | None = None) -> Any:
    """Return a table of a solution, or of an answer, as a pandas DataFrame.

    Parameters
    ----------
    instance : an instance of any kind; or what `solve` or `ask` answered, and nothing else.
    result : a result or solution of the instance.
    table : a name from `tables_of`; None takes the first: who gets what at which price.

    Returns
    -------
    frame : a row per row of the table, names as text and numbers as numbers. The first table of an
        assignment market has the buyers as its index, and with capacities a row per trade.

    Raises
    ------
    OptionError : no instance, no solution of its kind, or no such table.
    UnsupportedError : pandas is not installed.

    Notes
    -----
    Cost O(size of the solution).

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> names = {"buyers": ["Ann", "Bob"], "sellers": ["mill", "manor"]}
    >>> market = AssignmentMarket([[5, 8], [7, 9]], labels=names)
    >>> result = solve(market)
    >>> to_pandas(market, result)["seller"].to_dict()
    {'Ann': 'manor', 'Bob': 'mill'}
    >>> to_pandas(market, result, "prices")["greatest"].tolist()
    [6, 8]
    """
    try:
        import pandas as pd
    except ModuleNotFoundError:
        reason = f"pandas is not installed; {install_command('pandas')}"
        raise UnsupportedError("to_pandas", reason, what="function") from None
    instance, result = _pair(instance, result)
    if table is None and not isinstance(instance, Answer):
        own = _own(family_of(instance), "to_pandas")
        if own is not None:
            return own(instance, result.solution if isinstance(result, Result) else result)
    chosen = _chosen(tables_of(instance, result), table)
    return pd.DataFrame.from_records(chosen.cells, columns=list(chosen.columns))


def to_csv(
    instance: Any,
    result: Any = None,
    table: str | None = None,
    *,
    separator: str = ",",
    decimal: str = ".",
) -> str:
    r"""Return a table of a solution, or of an answer, as CSV.

    Parameters
    ----------
    instance, result, table : as for `to_pandas`.
    separator, decimal : ``";"`` and ``","`` for spreadsheets that write decimals with a comma.

    Raises
    ------
    OptionError : as `to_pandas`; separator and decimal are the same.

    Notes
    -----
    Cost O(size of the solution). Numbers have all their digits.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> market = AssignmentMarket([[5.5, 8]], labels={"buyers": ["Ann"]})
    >>> print(to_csv(market, solve(market), separator=";", decimal=","), end="")
    buyer;seller;value;price;utility;VCG payment
    Ann;seller 1;8;2,5;5,5;0
    """
    import csv
    import io

    if separator == decimal or len(separator) != 1 or decimal not in (".", ","):
        rule = "one character, and a point or comma that is another one"
        raise OptionError(f"separator = {separator!r}, decimal = {decimal!r}: must be {rule}")
    chosen = _chosen(tables_of(instance, result), table)
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator, lineterminator="\n")
    writer.writerow(chosen.columns)
    writer.writerows([_cell(cell, decimal) for cell in row] for row in chosen.cells)
    return written.getvalue()


def to_networkx(instance: Any, result: Any = None) -> Any:
    """Return a market, and its solution if one is given, as a graph of networkx with its names.

    Parameters
    ----------
    instance : an assignment, Fisher or delivery market, a trading network, course allocation or
        combinatorial auction; or a normal-form game, of which this is the improvement graph.
    result : a result or solution of the instance.

    Returns
    -------
    graph : nodes such as ``("buyer", i)`` and ``("seller", j)`` with ``label``; edges with
        ``weight``, and ``trade`` where the solution trades (of a Fisher market the ``amount``, of a
        course allocation ``seat``). Bids of an auction are nodes between bidders and items; nodes
        of a game are its profiles.

    Raises
    ------
    OptionError : no instance, or no solution of its kind.
    UnsupportedError : instances of the kind are no graphs.

    Notes
    -----
    Cost O(size of the instance).

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> to_networkx(AssignmentMarket([[5, 3], [4, None]])).number_of_edges()
    3
    """
    family = family_of(instance)
    own = _own(family, "to_networkx")
    if own is None:
        graphs = ", ".join(one.kind for one in families() if one.has("interchange"))
        reason = f"{family.kind} is no graph; those that are: {graphs}"
        raise UnsupportedError("to_networkx", reason, what="function")
    return own(instance, result.solution if isinstance(result, Result) else result)


def by_name(instance: Any, result: Any = None) -> Named:
    """Return what a solution says about each name: ``by_name(market, result)["Ann"]["price"]``.

    A result that knows its instance says the same by itself, ``result["Ann"]["price"]``.

    Parameters
    ----------
    instance, result : as for `to_pandas`.

    Returns
    -------
    named : a mapping name -> rows of the tables in which it stands; who stands in none has no rows.
        A name of several sides is asked for with the column in which it stands,
        ``named["courier", "Kim"]``.

    Raises
    ------
    OptionError : as `tables_of`.
    KeyError : when asked: nobody has the name, with the nearest; several sides have it.

    Notes
    -----
    Cost O(size of the solution and number of names).

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> names = {"buyers": ["Ann", "Bob"], "sellers": ["mill", "manor"]}
    >>> market = AssignmentMarket([[5, 8], [7, 9]], labels=names)
    >>> named = by_name(market, solve(market))
    >>> named["Ann"]["seller"], named["mill"]["buyer"], len(named["Ann"])
    ('manor', 'Bob', 2)
    """
    return Named(tables_of(instance, result), getattr(instance, "labels", {}))


def _pair(instance: Any, result: Any) -> tuple[Any, Any]:
    """Return an instance and its result, of which the result alone may be given.

    Raises
    ------
    OptionError : there is no result.
    """
    if isinstance(instance, Result) and result is None and instance.instance is not None:
        return instance.instance, instance
    if isinstance(instance, Instance) and result is None:
        raise OptionError("a result is missing: give what eqsolve.solve returns, alone or second")
    return instance, result


def _own(family: Family, name: str) -> Any:
    """Return a family's own function in its room ``interchange``, or None."""
    return getattr(family.module("interchange"), name, None) if family.has("interchange") else None


def _key(title: str) -> str:
    """Return the name of a table.

    Examples
    --------
    >>> _key("Transactions (money units of the instance)")
    'transactions'
    """
    return title.partition("(")[0].strip().lower()


def _chosen(tables: Mapping[str, Table], name: str | None) -> Table:
    """Return the table of a name, the first one for None."""
    if not tables:
        raise OptionError("there is no table")
    if name is None:
        return next(iter(tables.values()))
    if _key(name) not in tables:
        hint = nearest_name(_key(name), tables)
        if name.lower().endswith((".csv", ".json")):
            hint = f"eqsolve.save_solution writes files; the tables are {', '.join(tables)}"
        raise OptionError(f"no table {name!r}; {hint}")
    return tables[_key(name)]


def _cell(cell: Any, decimal: str) -> str:
    """Return a cell as it stands in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
        return text.replace(".", decimal)
    return str(cell)
