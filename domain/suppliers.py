"""Suppliers: who they are, and how two mentions of one are recognised.

Identifiers decide before names: SIREN, then VAT id, Swiss UID, IBAN, and only then the name, and
the name never against an identifier that differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.findings import Reading
from domain.ibans import KnownIban
from domain.words import folded

SUNDRY = "FDIVERS"
"""The auxiliary of those we buy from once: tills, car parks."""
_LEGAL_FORMS = frozenset(
    [
        "sa",
        "sas",
        "sasu",
        "sarl",
        "eurl",
        "sci",
        "snc",
        "scop",
        "gmbh",
        "ag",
        "kg",
        "ug",
        "ltd",
        "limited",
        "llc",
        "inc",
        "corp",
        "plc",
        "bv",
        "nv",
        "srl",
        "sprl",
        "sl",
        "spa",
        "sagl",
        "cie",
        "co",
    ]
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a document says it is from."""

    name: str = ""
    siren: str | None = None
    vat_id: str | None = None
    uid: str | None = None
    iban: str | None = None


@dataclass(frozen=True, slots=True)
class Supplier:
    id: str
    identity: Identity
    auxiliary: str
    ibans: tuple[KnownIban, ...] = ()
    """The accounts it was or is paid to, the oldest first."""
    aliases: tuple[Identity, ...] = ()
    """Who it was taken for before twins were merged; papers go on naming them."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        return (self.identity, *self.aliases)

    @property
    def paid_to(self) -> frozenset[str]:
        named = {one.iban for one in self.identities if one.iban}
        return frozenset(named | {known.iban for known in self.ibans})


def identity_of(reading: Reading) -> Identity:
    """The supplier's identity as read; a French VAT id or a SIRET tells the SIREN as well."""
    vat_id = _compact(reading.value("supplier_vat_id"))
    siren = _compact(reading.value("supplier_siren"))
    siret = _compact(reading.value("supplier_siret"))
    if not siren and siret and len(siret) == 14:
        siren = siret[:9]
    if not siren and vat_id and re.fullmatch(r"FR[0-9A-Z]{2}[0-9]{9}", vat_id):
        siren = vat_id[4:]
    return Identity(
        name=(reading.value("supplier_name") or "").strip()[:200],
        siren=_fits(siren, 9),
        vat_id=_fits(vat_id, 20),
        uid=_fits(
            _uid(reading.value("supplier_uid") or (vat_id if _is_swiss(vat_id) else None)), 20
        ),
        iban=_fits(_compact(reading.value("iban")), 34),
    )


def keys_of(identity: Identity) -> tuple[str, ...]:
    """The names by which papers of one sender find each other, the strongest first."""
    named = [
        f"{kind}:{value}"
        for kind in ("siren", "vat_id", "uid", "iban")
        if (value := getattr(identity, kind))
    ]
    name = plain_name(identity.name)
    return (*named, f"name:{name}") if name else tuple(named)


def matching(identity: Identity, suppliers: Iterable[Supplier]) -> Supplier | None:
    """The supplier that `identity` speaks of, by the strongest evidence, or None."""
    known = list(suppliers)
    for key in ("siren", "vat_id", "uid"):
        wanted = getattr(identity, key)
        if wanted:
            for supplier in known:
                if any(getattr(one, key) == wanted for one in supplier.identities):
                    return supplier
    candidates = [s for s in known if not contradict(identity, s.identity)]
    if identity.iban:
        for supplier in candidates:
            if identity.iban in supplier.paid_to:
                return supplier
    name = plain_name(identity.name)
    if name:
        for supplier in candidates:
            if any(plain_name(one.name) == name for one in supplier.identities):
                return supplier
    return None


def plain_name(name: str) -> str:
    """A name as it is compared: folded, without its legal form."""
    words = folded(name).split()
    kept = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(kept or words)


def auxiliary_code(name: str, taken: Collection[str], letter: str = "F") -> str:
    """A code for a new third party: F (fournisseur) or another letter and its name in capitals,
    with a number when taken.
    """
    bare = unicodedata.normalize("NFKD", plain_name(name)).encode("ascii", "ignore").decode()
    stem = letter + (re.sub(r"[^A-Z0-9]", "", bare.upper())[:12] or "SANSNOM")
    code, number = stem, 1
    while code in taken:
        number += 1
        code = f"{stem}{number}"
    return code


def contradict(a: Identity, b: Identity) -> bool:
    """Whether they have different numbers of one kind: then they are two."""
    return any(
        getattr(a, key) and getattr(b, key) and getattr(a, key) != getattr(b, key)
        for key in ("siren", "vat_id", "uid")
    )


def _compact(text: str | None) -> str | None:
    return re.sub(r"[^0-9A-Z]", "", (text or "").upper()) or None


def _is_swiss(vat_id: str | None) -> bool:
    return bool(vat_id and vat_id.startswith("CHE"))


def _uid(text: str | None) -> str | None:
    """A Swiss UID without the suffix (TVA, MWST, IVA, HR) it is printed with."""
    found = re.match(r"CHE([0-9]{9})", _compact(text) or "")
    return found[0] if found else None


def _fits(text: str | None, length: int) -> str | None:
    return text if text and len(text) <= length else None
