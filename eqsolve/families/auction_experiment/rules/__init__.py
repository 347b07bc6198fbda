"""The rules of play, one state machine for each family of formats.

Sealed bids need none: `eqsolve.families.single_item_auction.rules` says who wins and who pays.
``clock`` has prices that rise or fall, ``proxy`` maxima that are bid for the bidders. Machines know
no types: they tell whom to ask, hear answers, and say who the prize goes to.
"""
