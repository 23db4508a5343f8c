"""What stands at the foot of business paper: who the issuer is before the law."""

from __future__ import annotations

from models.synthetic.heads import identifiers, named_in_full
from models.synthetic.identifiers import spaced
from models.synthetic.paper import Look
from models.synthetic.parties import Company
from models.synthetic.sheet import GREY, Sheet


def draw_feet(look: Look, sheets: list[Sheet], company: Company, *, iban: bool = False) -> None:
    """Draw the same foot on each of `sheets`; `iban` allows the account among it."""
    if look.layout.choose("legal", ("foot", "head"), (3, 1)) == "head" and named_in_full(look):
        return
    kind = look.layout.choose("foot", ("centred", "columns", "left", "ruled"), (4, 2, 2, 2))
    legal = identifiers(look, company)
    address = [company.name, company.street, company.place]
    account = (
        [company.bank, f"IBAN {spaced(company.iban)}", f"BIC {company.bic}"]
        if iban and company.iban
        else []
    )
    reach = [look.say("phone", n=company.phone), company.email]
    for sheet in sheets:
        if kind == "columns":
            _columns(look, sheet, [address, reach, legal, account])
            continue
        x, align = (look.margin, "left") if kind == "left" else (sheet.width / 2, "center")
        y = sheet.height - 42
        if kind == "ruled":
            sheet.rule(look.margin, y - 9, sheet.width - look.margin, thick=0.3, colour=look.shade)
        for row in (address, legal, account):
            if row:
                sheet.text(
                    x,
                    y,
                    " - ".join(row),
                    6.5,
                    align=align,
                    colour=GREY,
                    width=sheet.width - 2 * look.margin,
                )
                y += 9


def _columns(look: Look, sheet: Sheet, columns: list[list[str]]) -> None:
    shown = [column for column in columns if column]
    m = look.margin
    wide = (sheet.width - 2 * m) / len(shown)
    sheet.rule(m, sheet.height - 62, sheet.width - m, thick=0.4, colour=look.shade)
    for n, column in enumerate(shown):
        y = sheet.height - 53
        for line in column:
            sheet.text(m + n * wide, y, line, 6.3, width=wide - 6)
            y += 8.5
