"""Level 4: pictures, with matplotlib (the extra ``plot``); one module per family.

Each family's module has a table ``PICTURES``: name -> function of (instance, result, figure);
the first is what ``eqsolve plot`` draws when no name is given.
"""
