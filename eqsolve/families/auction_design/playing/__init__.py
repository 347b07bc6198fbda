"""Playing mechanisms, with numpy alone.

``demand`` is what types take from a menu, ``runs`` a mechanism on many types, ``evaluate`` what it
earns: exactly where types are few, else on fresh draws. ``storage`` writes and reads mechanisms.
"""
