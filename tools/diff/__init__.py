"""What a change of this repository would do to every environment of every cloud, before anybody deploys it.

``checkouts`` and ``synthesis`` bring both sides to templates; ``aws`` and ``terraform`` read them into the same
``model``; ``comparison`` finds the changes; ``dangers`` judges them by ``rules.yaml``; ``approvals`` finds who said yes;
``comment``, ``page``, ``terminal`` and ``machine`` write it down.
"""
