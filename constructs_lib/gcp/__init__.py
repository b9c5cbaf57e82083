"""The parts of an environment on Google Cloud.

The files carry the names that they have in ``aws``, but for what needs no file of its own here: ``edge`` and
``backends`` hold the load balancer as well, because a global load balancer and its CDN are one thing.
"""

from constructs_lib.providers import import_lazily

for _provider in ("google", "helm", "kubernetes"):
    import_lazily(f"cdktf_cdktf_provider_{_provider}")
