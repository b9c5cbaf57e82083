"""Handlers of resource types, in four kinds; MiniStack's own handlers are the fifth.

- ``native_fixes``: MiniStack has a handler, which does not do what the template says; ours corrects it.
- ``property_sync``: MiniStack's handler drops a property that the service keeps; it is sent by a call of its own.
- ``api_backed``: MiniStack has the service but no handler; ours calls the service's API.
- ``stubs``: MiniStack has no such service; the resource is recorded, not exercised.
"""
