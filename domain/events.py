"""The catalogue of events: what we tell the world, named in the past tense.

Receivers must expect them in any order and more than once: `sequence` counts the events of one
subject, and an event's id never changes between attempts.
"""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    "import.received": "An upload was stored and will be read.",
    "import.ready": "Every file was read; the groups wait for review.",
    "import.validated": "A person validated the groups; the documents are in their tabs.",
    "import.failed": "No file of the import could be read.",
    "document.created": "A validated group became a document.",
    "document.recategorised": "A document moved to another category.",
    "document.assigned": "A document was given to a colleague, or to nobody any more.",
    "document.deleted": "A document was taken out of its tab.",
    "document.restored": "A deleted document is back in its tab.",
    "invoice.to_post": "A purchase invoice waits to be posted.",
    "invoice.posted": "A purchase invoice was posted as a journal entry.",
    "entry.reversed": "A journal entry was reversed by another.",
    "statement.ready": "A bank statement waits for review.",
    "webhook.test": "A person asked for a test of their endpoint.",
}
"""Event type → one English sentence for the settings page and the documentation."""
