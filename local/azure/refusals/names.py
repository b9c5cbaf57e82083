"""Refusal of names that are not formed as a provider wants them."""

import re

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.services import storage, vaults
from local.azure.refusals.rule import Rule

_FORMS = {
    storage.ACCOUNT: (
        re.compile(r"[a-z0-9]{3,24}"),
        "AccountNameInvalid",
        "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length"
        " and use numbers and lower-case letters only.",
    ),
    vaults.KIND: (
        re.compile(r"(?=.{3,24}$)[A-Za-z](?:-?[A-Za-z0-9])*"),
        "VaultNameNotValid",
        "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must"
        " begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
    ),
    storage.CONTAINER: (
        re.compile(r"(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*"),
        "ContainerNameInvalid",
        "The specified resource name contains invalid characters: {name}.",
    ),
}


class Names(Rule):
    """Rule: names of accounts, containers and vaults have a form."""

    text = "A name of a storage account, a container or a vault that has not their form is refused."
    source = '"Naming rules and restrictions for Azure resources"'

    @override
    def check(self, call: Call) -> None:
        if not call.creates or call.kind.type not in _FORMS:
            return
        form, code, message = _FORMS[call.kind.type]
        if not form.fullmatch(call.id.name):
            raise Refusal(400, code, message.format(name=call.id.name))
