"""Resource Manager (``management.azure.com``): resources by their ids, and the providers that answer for them.

A new type of resource is data first, in this order:

1. ``kinds/<namespace>.yaml`` gets a row by the name below its namespace, with the class of Microsoft's management
   package that its PUT takes (``model``), the values that "Get" of its REST API reference answers for what a request
   leaves out (``defaults``), and those that only its provider sets (``outputs``). :class:`local.azure.arm.data.Kind`
   describes all keys.
2. ``python -m local.azure.arm.packages FOLDER`` cuts the class and what it refers to out of the wheels of a folder into
   ``schemas``: from then on a wrong type, value or property is refused, and a password is never kept.
3. ``statuses.json`` has the statuses that azurerm takes for 392 types; nothing is to be done where it has the type.
4. ``local/azure/roles/roles.yaml`` and ``_NAMESPACES`` of :mod:`local.azure.arm.services.subscriptions` say what a role
   allows, and which providers are registered.

That suffices for PUT, PATCH, GET, DELETE and a list. A provider that does more has a module in ``services``:
``@handles("PUT", KIND)`` answers a method, ``@handles("listKeys", KIND)`` an action, and ``@shows(KIND)`` gives values
that depend on other resources. What Azure refuses is a rule of ``local/azure/refusals``, with its source.
"""
