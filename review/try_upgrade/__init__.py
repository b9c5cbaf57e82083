"""Trial of a change as an update of what is deployed, on an embedded cloud.

``run`` deploys a base to the embedded cloud and the head over it; before the update of a stack it lets one fail on
purpose (``fault_injection``). ``stack_state`` is what CloudFormation has at each moment, ``mismatches`` are outcomes
that the diff does not predict, ``problems`` all that is wrong, ``report`` shows them.
"""
