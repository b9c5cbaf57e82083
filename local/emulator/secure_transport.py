"""Requests to the emulator count as sent over TLS: policies deny those that are not, and on loopback there is none."""

from collections.abc import Callable

from local.emulator.ministack_internals import ORIGIN_OF_REQUEST


def install() -> None:
    """Patch what IAM takes for ``aws:SecureTransport``. Called once."""
    ORIGIN_OF_REQUEST.wrap(_over_tls)


def _over_tls(pin: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    return lambda address, _secure: pin(address, True)
