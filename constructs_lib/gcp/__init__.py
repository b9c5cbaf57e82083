"""Constructs on Google Cloud: base, network, data, service, edge, monitoring, delivery, account.

Files have the same names as in ``aws``, with one exception: ``edge`` and
``backends`` hold the load balancer as well, because a global load balancer and its CDN are one thing.
"""

from constructs_lib.providers import import_lazily

for _provider in ("google", "helm", "kubernetes"):
    import_lazily(f"cdktf_cdktf_provider_{_provider}")
