"""What is learned from reports and answers.

``belief`` says what a learner has to know: nothing else is asked of one. ``bayes`` and
``logistic`` are one each, ``gaussian`` what these two share, ``prior`` where all begin,
``learners`` finds the one that a plan names.
"""
