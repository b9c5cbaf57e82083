"""Measure what synthesis and the embedded deploy cost, as ratios that carry over from machine to machine.

``processes`` measures one process tree, ``synth`` and ``deploy`` say what is run, ``figures`` judges, ``report`` shows.
"""
