"""How well the models understand documents whose truth is known: `bannette evaluate`.

A folder of truth holds `streams/` (a PDF of many documents and a JSON beside it, of the same name)
or single files told of in `labels.jsonl`, or both; `drawn` makes one from nothing. `cases` finds
them and what the models make of them, `judging` holds that against the truth (`comparing` says when
two values are the same), `scores` counts, `report` and `bars` say it in words, and `mistakes` with
`html` show what went wrong on the page. `command` is the front door.
"""
