"""The methods of auction design: one module per algorithm, and what they share.

``base`` makes answers of mechanisms, ``fitting`` draws the types to fit to, ``pricing`` sets prices
exactly, ``simple`` fits simple mechanisms, which stand beside every answer.
"""
