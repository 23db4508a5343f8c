"""How well the models understand documents whose truth is known: `bannette evaluate`.

A folder of truth holds `streams/` (a PDF of many documents and a JSON beside it, of the same name)
or single files told of in `labels.jsonl`, or both. `cases` finds them and reads their pages, once
each; `comparing` says when two values are the same; `scores` counts; `report` says it in words.
"""

from models.evaluation.command import evaluate, main

__all__ = ["evaluate", "main"]
