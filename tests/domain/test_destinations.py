"""Which URLs and addresses we are willing to call for a customer."""

from __future__ import annotations

import pytest

from domain.destinations import Destination, destination, is_allowed
from domain.errors import Invalid


def public(url: str) -> Destination:
    return destination(url, http=True, private=False)


INSIDE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255"),
    *("192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "100::1", "5f00::1"),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_not_called(address: str) -> None:
    assert not is_allowed(address, private=False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_called(address: str) -> None:
    assert is_allowed(address, private=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "fd12::1", "192.168.1.9"])
def test_the_setting_lets_private_addresses_in(address: str) -> None:
    assert is_allowed(address, private=True)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0.0.0.0"]
)
def test_the_clouds_credentials_stay_out_of_reach_even_then(address: str) -> None:
    assert not is_allowed(address, private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://localhost./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://1.1.1.0x1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com@127.0.0.1/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://127%2e0.0.1/",
        "http://exam\tple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/a\r\nX-Evil: 1",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com/#fragment",
        "http://a..b/",
        "http://faß.de/",
        "http:///path",
        "https:example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "",
        "https://" + "a" * 64 + ".com/",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_a_url_that_could_mean_the_inside_is_refused_with_advice(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        public(url)
    assert refusal.value.advice


def test_a_url_is_taken_apart() -> None:
    found = public("https://Hooks.Example.com:8443/in/é?x=1&y=ü")
    assert found == Destination("https", "hooks.example.com", 8443, "/in/%C3%A9?x=1&y=%C3%BC")
    assert found.authority == "hooks.example.com:8443"
    assert found.address is None


def test_a_name_with_accents_becomes_its_ascii_form() -> None:
    assert public("https://compta.société.fr/").host == "compta.xn--socit-esab.fr"


def test_an_address_keeps_its_brackets_in_the_host_header() -> None:
    found = public("https://[2606:4700:0::1]/")
    assert (found.address, found.authority) == ("2606:4700::1", "[2606:4700::1]")


def test_http_needs_the_setting() -> None:
    with pytest.raises(Invalid, match="not encrypted"):
        destination("http://example.com/", http=False, private=False)


def test_a_refused_address_and_an_unknown_name_read_the_same() -> None:
    with pytest.raises(Invalid) as refusal:
        public("http://10.0.0.7/")
    assert "10." not in refusal.value.message + refusal.value.advice
