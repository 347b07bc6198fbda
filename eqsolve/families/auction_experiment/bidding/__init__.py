"""How bidders by rule bid.

``equilibrium`` is the one place where single-item auctions are solved; ``models`` makes strategies
of bounded rationality; ``by_rule`` turns types and random numbers into the bids of all rounds.
"""
