"""QR codes as pictures without pixels, for the page to lay out at any size."""

from __future__ import annotations

import zxingcpp


def code_svg(text: str) -> str:
    """The code of `text` as SVG, error correction M as both payment codes want it."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    rows, columns = (modules.shape or ())[:2]
    strokes = []
    for row in range(rows):
        start = None
        for column in range(columns + 1):
            dark = column < columns and not modules[row, column]
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                strokes.append(f"M{start} {row}h{column - start}v1h{start - column}z")
                start = None
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}" '
        f'shape-rendering="crispEdges"><path d="{"".join(strokes)}"/></svg>'
    )
