"""Benchmark of synthesis, diff and embedded deploy, in ratios that carry over from computer to computer.

``processes`` measures one process tree; ``synth``, ``diff`` and ``deploy`` say what is run, ``copies`` where.
``figures`` judges and ``report`` shows.
"""
