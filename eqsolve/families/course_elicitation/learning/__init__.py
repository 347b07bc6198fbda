"""What is learned from reports and answers.

``belief`` says what a learner has to know: nothing else is asked of one. ``bayes``, ``logistic``
and ``mvnn`` are one each, ``gaussian`` what the first two share, ``network`` and ``ensemble`` what
the third is made of, ``prior`` where all begin, ``learners`` finds the one that a plan names.
"""
