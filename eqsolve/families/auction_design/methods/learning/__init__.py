"""What learned menus are made of: bundles to sell, training, the flow of BundleFlow, compiling.

``supply`` draws bundles, ``flow`` carries points to bundles, ``offers`` says what entries are worth
while they are trained, ``training`` climbs the soft revenue, ``compiling`` makes a plain menu of
what was learned. Only ``training``, ``offers`` and stage 1 of the flow use torch, inside functions.
"""
