"""Measure what synthesis, the diff and the embedded deploy cost, as ratios that carry over from machine to machine.

``processes`` measures one process tree; ``synth``, ``diff`` and ``deploy`` say what is run, ``copies`` where.
``figures`` judges and ``report`` shows.
"""
