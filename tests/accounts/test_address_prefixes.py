"""The network by which limits count: what one subscriber has."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.limits import address_prefix


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:c000:207", "192.0.2.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_ipv4_counts_by_address_and_ipv6_by_its_network_of_64_bits(
    address: str, prefix: str
) -> None:
    assert address_prefix(address) == prefix


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_the_lower_half_of_an_ipv6_address_does_not_count(
    address: ipaddress.IPv6Address, lower: int
) -> None:
    other = ipaddress.IPv6Address(int(address) >> 64 << 64 | lower)
    if not address.ipv4_mapped and not other.ipv4_mapped:
        assert address_prefix(str(address)) == address_prefix(str(other))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_two_ipv4_addresses_count_apart_however_they_arrive(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    assert (address_prefix(str(one)) == address_prefix(f"::ffff:{other}")) == (one == other)
