"""Resource types whose service MiniStack has and its CloudFormation does not know: one call of the API each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jmespath  # type: ignore[import-untyped]
from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.handlers.base import Handler, Resource
from local.emulator.ministack_internals import CREATE_WITH_NEW_NAME, PHYSICAL_NAME, STACKS, resources_of
from local.emulator.schemas import Properties

_GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_MISSING_OPERATION = ("InvalidAction", "Unknown action", "UnknownOperation", "UnsupportedOperation")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A property that a call of its own changes in place.

    Attributes:
        operation: the call.
        request: makes the request from what ``Ref`` answers and all properties.
    """

    operation: str
    request: Callable[[str, Properties], Properties]


@dataclass(frozen=True, kw_only=True)
class ApiBacked(Handler):
    """A resource type, as calls of one service.

    Attributes:
        service: the service's name in boto3.
        creates: the operation that makes it.
        ref: where the answer of that operation says what ``Ref`` answers, as a JMESPath. The request is at hand as
            ``request``.
        attributes: the same for each attribute of ``Fn::GetAtt``.
        request: turns the properties into the request where their structure differs.
        renamed: the API's names for properties that it calls otherwise.
        named: the property that names the resource; CloudFormation makes a name where a template gives none.
        tagged_as: what EC2 calls the type in a tag specification.
        made_from: the region to make it from, where that is not the stack's.
        updates: the operation that changes it in place.
        settings: the properties that change in place one by one. A change of any other replaces the resource, where no
            operation updates it as a whole.
        deletes: the operation that removes it. Without one, it stays until the embedded cloud is destroyed.
        address: how those two name the resource, from what ``Ref`` answers and its properties.
    """

    service: str
    creates: str
    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    request: Callable[[Properties], Properties] = dict
    renamed: Mapping[str, str] = field(default_factory=dict)
    named: str | None = None
    tagged_as: str | None = None
    made_from: Callable[[Properties], str | None] = lambda _: None
    updates: str | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)
    deletes: str | None = None
    address: Callable[[str, Properties], Properties] = lambda _, __: {}

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        request = self._complete(logical_id, properties, stack)
        answer = call(self.service, self.creates, request, renamed=self.renamed, region=self.made_from(properties))
        return self._found(request, answer)

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        if self.updates is None:
            changed = {name for name in old | new if old.get(name) != new.get(name)}
            settings = {**({"Tags": _EC2_TAGS} if self.tagged_as else {}), **self.settings}
            if changed <= settings.keys():
                for name in sorted(changed & new.keys()):
                    call(self.service, settings[name].operation, settings[name].request(physical_id, new))
                return physical_id, resources_of(STACKS.value[stack])[logical_id]["Attributes"]
            replacement, attributes = CREATE_WITH_NEW_NAME.value(self.create, logical_id, new, stack)
            return replacement, attributes
        request = {**self._complete(logical_id, new, stack), **self.address(physical_id, new)}
        _, attributes = self._found(request, call(self.service, self.updates, request, renamed=self.renamed))
        return physical_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        if self.deletes is None:
            return
        try:
            call(self.service, self.deletes, self.address(physical_id, properties))
        except ValueError as refusal:
            if not any(word in str(refusal) for word in _GONE + _MISSING_OPERATION):
                raise

    def _complete(self, logical_id: str, properties: Properties, stack: str) -> Properties:
        named = {self.named: PHYSICAL_NAME.value(stack, logical_id, max_len=64)} if self.named else {}
        request = self.request({**named, **properties})
        if self.tagged_as and properties.get("Tags"):
            request["TagSpecifications"] = [{"ResourceType": self.tagged_as, "Tags": properties["Tags"]}]
        return request

    def _found(self, request: Properties, answer: Properties) -> Resource:
        everything = {**answer, "request": request}
        found = {name: jmespath.search(path, everything) for name, path in self.attributes.items()}
        known = {name: value for name, value in found.items() if value is not None}
        return str(jmespath.search(self.ref, everything)), known


_EC2_TAGS = Setting(
    operation="CreateTags", request=lambda resource, properties: {"Resources": [resource], "Tags": properties["Tags"]}
)
