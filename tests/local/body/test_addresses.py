"""Addresses of the body."""

from local.body.addresses import Address, Addresses

HOST = "goodies-prod.1.us-east-1.rds.amazonaws.com"


def test_a_published_name_is_found_until_it_is_withdrawn() -> None:
    addresses = Addresses()
    addresses.publish(HOST, 5432, Address(20001))
    assert str(addresses.find(f"{HOST.upper()}.", 5432)) == "127.0.0.1:20001"
    assert addresses.find(HOST, 6379) is None
    addresses.publish(HOST, 5432, Address(20002))
    assert list(addresses) == [(HOST, 5432, Address(20002))]
    addresses.withdraw(HOST, 5432)
    addresses.withdraw(HOST, 5432)
    assert addresses.find(HOST, 5432) is None
