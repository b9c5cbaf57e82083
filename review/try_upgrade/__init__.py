"""Tries a change as what it is to those who run the platform: an update of what stands already.

``run`` deploys a base to the embedded cloud and the head over it; before the update of a stack it lets one fail on
purpose (``sabotage``). ``standing`` is what CloudFormation has at each moment, ``findings`` judges, ``report`` shows.
"""
