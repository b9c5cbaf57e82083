"""The interface of a rule of Azure's APIs."""

from typing import ClassVar

from local.azure.arm.calls import Call


class Rule:
    """A rule by which Azure refuses some requests.

    Attributes:
        text: what Azure does, in one sentence, for docs/clouds/azure.md.
        source: document, specification or public thread that says so.
    """

    text: ClassVar[str]
    source: ClassVar[str]

    def check(self, call: Call) -> None:
        """Raise what Azure answers to a request that it refuses.

        Raises:
            Refusal: in Azure's words.
        """
