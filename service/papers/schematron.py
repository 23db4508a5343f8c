"""The child process of `service.papers.checking`: a line of JSON in, a line of reports out."""

from __future__ import annotations

import json
import sys
from typing import Any

from saxonche import PySaxonProcessor  # type: ignore[import-not-found]

from service.papers.checking import STYLESHEETS, schemas


def serve() -> None:
    """Answer until nobody asks any more."""
    with PySaxonProcessor(license=False) as saxon:
        compiler = saxon.new_xslt30_processor()
        ready: dict[str, Any] = {}
        for line in sys.stdin:
            question = json.loads(line)
            document = saxon.parse_xml(xml_text=question["xml"])
            reports = []
            for name in question["stylesheets"]:
                if name not in ready:
                    path = str(schemas() / STYLESHEETS[name])
                    ready[name] = compiler.compile_stylesheet(stylesheet_file=path)
                reports.append(ready[name].transform_to_string(xdm_node=document))
            sys.stdout.write(json.dumps(reports) + "\n")
            sys.stdout.flush()
