"""What denoisers make of posteriors, on plain arrays: no model, no files, no torch but to train.

``exact`` is the best denoiser of a posterior, ``balls`` certifies that it has a fixed point near a
state, ``rest`` finds fixed points, ``flow`` runs the denoisers of all agents in turn.
"""
