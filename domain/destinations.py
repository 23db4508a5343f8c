"""Destinations: which URLs and addresses we are willing to call on somebody's behalf.

A webhook URL is written by a customer and called from inside the installation's network, so it
must not reach what only the inside can reach. The URL is judged by how it is written, and every
address its name stands for is judged again at the moment of connecting (`service.egress`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

from domain.errors import Invalid

URL_CHARACTERS = 2000

_PRIVATE_V4 = [
    ip_network(net)
    for net in [
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
    ]
]
# Not even an installation that allows private addresses means these: "this host", link-local
# (where clouds keep their credentials), protocol assignments, multicast, reserved.
_NEVER_V4 = [
    ip_network(net)
    for net in ["0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4"]
]
# Of IPv6 only what is listed is ever called: the unicast space that is handed out, less what
# embeds IPv4 or is kept for documents; and with leave, this machine and unique local addresses.
_PUBLIC_V6 = ip_network("2000::/3")
_NOT_PUBLIC_V6 = [
    ip_network(net) for net in ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]
]
_PRIVATE_V6 = [ip_network(net) for net in ["::1/128", "fc00::/7"]]

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_DEVIATIONS = frozenset("ßςẞ\u200c\u200d")
"""Letters that two versions of IDNA map to different names."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL taken apart and found callable: what to connect to, and what to ask for there."""

    scheme: str
    host: str  # a lower-case ASCII name, or an address without brackets
    port: int
    target: str  # path and query

    @property
    def address(self) -> str | None:
        """The address, when the URL names one."""
        return self.host if ":" in self.host or _NUMERIC_LABEL.match(_last(self.host)) else None

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def destination(url: str, *, http: bool, private: bool) -> Destination:
    """`url` taken apart; Invalid, with what to write instead, when it is not one we may call."""
    if len(url) > URL_CHARACTERS:
        raise _invalid("The address is too long.", f"Use at most {URL_CHARACTERS} characters.")
    # urlsplit drops tabs and line breaks silently, and a backslash is a slash to some readers.
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise _invalid("The address has spaces, control characters or backslashes.", "Remove them.")
    try:
        parts = urlsplit(url)
        port = parts.port
        name = parts.hostname
    except ValueError:
        raise _invalid("This is not an address.", "Write it as https://host/path.") from None
    if parts.scheme not in ("https", "http") or not name:
        raise _invalid("This is not an address.", "Write it as https://host/path.")
    if parts.scheme == "http" and not http:
        raise _invalid("The address is not encrypted.", "Use an https:// address.")
    if "@" in parts.netloc:
        raise _invalid(
            "The address holds a user name or password.",
            "Remove it; deliveries are signed, verify the signature instead.",
        )
    if parts.fragment:
        raise _invalid("The address has a fragment (#).", "Remove it; servers never see it.")
    if port == 0:
        raise _invalid("Port 0 cannot be called.", "Use the port the receiver listens on.")
    host = _host(name, bracketed="[" in parts.netloc)
    found = Destination(
        parts.scheme,
        host,
        port or {"https": 443, "http": 80}[parts.scheme],
        (quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/")
        + ("?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~") if parts.query else ""),
    )
    if found.address and not is_allowed(found.address, private=private):
        raise not_allowed()
    return found


def is_allowed(address: str, *, private: bool) -> bool:
    """Whether to connect to `address`; `private` lets in private, local and documentation nets."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        # An IPv4 address in IPv6 clothes is that IPv4 address.
        ip = ip.ipv4_mapped or ip
    if isinstance(ip, IPv4Address):
        if any(ip in net for net in _NEVER_V4):
            return False
        return private or not any(ip in net for net in _PRIVATE_V4)
    if private and any(ip in net for net in _PRIVATE_V6):
        return True
    return ip in _PUBLIC_V6 and not any(ip in net for net in _NOT_PUBLIC_V6)


def not_allowed() -> Invalid:
    """One answer for an unknown name and for an inside one: it tells nothing about the inside."""
    return _invalid(
        "The address is unknown, or not a public internet address.",
        "Use the receiver's public address; an administrator of the installation can allow"
        " private ones.",
    )


def _host(name: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            return str(IPv6Address(name))
        except ValueError:
            raise _invalid("The host is not an IPv6 address.", "Write [address].") from None
    if name.endswith("."):
        raise _invalid("The host ends in a dot.", "Remove it.")
    if _DEVIATIONS & set(name):
        raise _invalid("The host has a letter that is ambiguous.", "Write the host as xn--….")
    try:
        # Also folds full-width digits and dots, which is how an address can hide as a name.
        host = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _invalid("The host is not a name.", "Write it as https://host/path.") from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise _invalid("The host is not a name.", "Write it as https://host/path.")
    if _NUMERIC_LABEL.match(labels[-1]):
        # Resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses; only one spelling is ours.
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise _invalid(
                "The host is an address in an unusual spelling.", "Write four decimal numbers."
            ) from None
    return host


def _last(host: str) -> str:
    return host.rsplit(".", 1)[-1]


def _invalid(sentence: str, advice: str) -> Invalid:
    return Invalid(sentence, code="url_not_allowed", advice=advice, fields=["url"])
