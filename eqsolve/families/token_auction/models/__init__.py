"""Language models that run: one module for each source, and `opening`, which finds it.

A model is opened once and speaks in many texts. What it must be able to do stands in `speaker`:
tell its whole next distribution (`Voice`), tell it for many texts at once because only the last
tokens count (`WindowModel`), or tell the likeliest tokens and no more (`PartialVoice`), whereupon
payments become intervals.
"""
