"""Additions to MiniStack, an AWS that runs in one process; registered when the emulator starts.

MiniStack's services know far more than its CloudFormation does. Seven kinds of patch close the gap:

- ``handlers``: four kinds of handlers of resource types (native fixes, property sync, API-backed, stubs).
- ``fake_services``: operations that a service of MiniStack lacks.
- ``deployments``: the scheduler of ECS.
- ``alarms``, ``engine_patches`` and ``recovery``: functions of MiniStack that behave otherwise.

``ministack_internals`` lists every private name of MiniStack that they use. Nothing here knows which application is
deployed.
"""
