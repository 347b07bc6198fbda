"""Which pairs of bundles are asked about: ``menu`` holds bundles, ``acquisition`` the rules."""
