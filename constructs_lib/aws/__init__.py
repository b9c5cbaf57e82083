"""The parts of an environment on AWS.

Two concerns take more than one file here: ``edge`` has its name server in ``dns`` and its filter in ``firewall``, and
``service`` has its entrance in ``load_balancer``.
"""
