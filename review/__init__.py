"""Review of a change: what it would do to every environment of every cloud, before it is deployed.

``report.build_report`` is the front door. ``read`` opens what both sides synthesize, ``compare`` finds what differs and
the impact of that, ``judge`` finds dangers, approvals and costs by the rows of ``model/verdicts``, ``render`` groups
and writes a report, all in the values of ``model``. ``github`` posts the comment on a pull request; it needs nothing
of the rest.
"""

import errors  # noqa: F401 - first of all imports, so that Ctrl-C during the others ends in one line
