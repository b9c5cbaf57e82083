"""Client of a cloud's REST APIs: sends the methods of a list, and waits where the cloud asks to."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.errors import AbsentError, NotYetError, WriteRefusedError
from assembly.values import Json

GET, POST, PUT, PATCH, DELETE = "GET", "POST", "PUT", "PATCH", "DELETE"


@dataclass(frozen=True)
class Method:
    """A method, as the reference of its API describes it.

    Attributes:
        verb: of HTTP.
        url: with the parameters of the path in braces.
        permissions: permissions of the caller that it needs, which are named with a refusal.
        operation: method that asks for the long-running operation that it answers with; empty where it answers at once,
            or where its answer says where to ask.
    """

    verb: str
    url: str
    permissions: Sequence[str] = ()
    operation: str = ""


class RestApi(ABC):
    """APIs of a cloud.

    Attributes:
        methods: those that may be sent, by their ids in the reference.
        attempts: how often a request is sent until the cloud accepts it.
    """

    methods: Mapping[str, Method]
    attempts: int

    def call(self, method: str, body: Json = None, **parameters: str | int) -> Json:
        """Return the answer of a method; where that is a long-running operation, what it ends with.

        Args:
            method: one of :attr:`methods`.
            body: of a method that takes one.
            parameters: those of the path, and of the query.

        Raises:
            WriteRefusedError: the method is not in the list; nothing was sent.
            AbsentError: there is no such thing.
            ApiError: there is no answer, and why.
        """
        if method not in self.methods:
            raise WriteRefusedError(f"{method} was not sent: this command sends only the methods of its list.")
        return self._end_of(method, self._accepted(method, body, parameters), parameters)

    def find(self, method: str, **parameters: str | int) -> Json:
        """Return the answer of a method, or None where there is no such thing."""
        try:
            return self.call(method, **parameters)
        except AbsentError:
            return None

    def _accepted(self, method: str, body: Json, parameters: Mapping[str, str | int]) -> Any:
        for _ in range(self.attempts - 1):
            try:
                return self._call_once(method, body, parameters)
            except NotYetError as error:
                time.sleep(error.seconds)
        return self._call_once(method, body, parameters)

    @abstractmethod
    def _call_once(self, method: str, body: Json, parameters: Mapping[str, str | int]) -> Any:
        """Send a request, and return what was answered."""

    @abstractmethod
    def _end_of(self, method: str, answer: Any, parameters: Mapping[str, str | int]) -> Json:
        """Wait for what an answer has begun, and return what it ends with."""
