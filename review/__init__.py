"""What a change of this repository would do to every environment of every cloud, before anybody deploys it.

``reading`` compares two folders of synthesized output: ``aws`` and ``terraform`` read them into the same ``model``,
``comparison`` finds who changed, ``cloudformation`` and ``replacement`` say what that does. ``dangers`` judges it by
``rules.yaml``, ``approvals`` finds who said yes, ``costs`` the difference in money. ``report`` is what all found, put
together by ``grouping``; ``comment``, ``page``, ``terminal`` and ``machine`` write it down.
"""
