"""The catalogue of events: what we tell the world, named in the past tense, and what we only note.

Receivers must expect them in any order and more than once: `sequence` counts the events of one
subject, and an event's id never changes between attempts.
"""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    "import.received": "An upload was stored and will be read.",
    "import.ready": "Every file was read; the groups wait for review.",
    "import.validated": "A person validated the groups; the documents are in their tabs.",
    "import.failed": "No file of the import could be read.",
    "import.reopened": "A person took the validation back; its documents left their tabs.",
    "document.created": "A validated group became a document; `came_of` when others were cut or joined.",
    "document.withdrawn": "A document left its tab: its import is reviewed again, or `into` has its pages.",
    "document.recategorised": "A document moved to another category.",
    "document.assigned": "A document was given to a colleague, or to nobody any more.",
    "document.deleted": "A document was taken out of its tab.",
    "document.restored": "A deleted or withdrawn document is back in its tab.",
    "invoice.to_post": "A purchase invoice waits to be posted.",
    "invoice.posted": "A purchase invoice was posted as a journal entry.",
    "entry.reversed": "A journal entry was reversed by another.",
    "statement.ready": "A bank statement waits for review.",
    "webhook.test": "A person asked for a test of their endpoint.",
}
"""Event type → one English sentence for the settings page and the documentation."""

ACTIONS: dict[str, str] = {
    "person.signed_in": "A person signed in.",
    "person.sign_in_failed": "Somebody tried to sign in as this person.",
    "person.signed_out": "A person signed out.",
    "person.signed_out_everywhere": "A person ended their sessions.",
    "person.password_changed": "A person chose a new password.",
    "person.link_made": "A one-time link for a person was made.",
    "person.invited": "Somebody was invited.",
    "person.joined": "An invited person came in.",
    "person.added": "A person was added.",
    "person.changed": "A person was changed.",
    "person.disabled": "A person was disabled.",
    "person.enabled": "A person was enabled again.",
    "invitation.renewed": "An invitation was renewed.",
    "invitation.revoked": "An invitation was revoked.",
    "key.made": "An API key was made.",
    "key.revoked": "An API key was revoked.",
    "company.added": "A company was added.",
    "company.changed": "A company was changed.",
    "account.added": "An account was added.",
    "supplier.added": "A supplier was added.",
    "period.locked": "The books were locked until a day.",
    "import.regrouped": "The groups of an import were changed.",
    "import.retried": "Files of an import are read again.",
    "import.duplicate_read": "A duplicate file is read after all.",
    "import.deleted": "An import was deleted.",
    "import.restored": "A deleted import was brought back.",
    "import.file_downloaded": "A file was downloaded as it was uploaded.",
    "document.corrected": "A document was put right.",
    "document.settled": "A problem of a document was settled.",
    "document.commented": "Something was said about a document.",
    "document.taken_over": "A document that somebody had open was taken over.",
    "document.downloaded": "A document was downloaded as PDF.",
    "books.exported": "Books were exported.",
    "rule.switched": "A learnt rule was switched.",
    "artefact.switched": "A version of what was learnt was switched.",
    "endpoint.added": "A webhook endpoint was added.",
    "endpoint.changed": "A webhook endpoint was changed.",
    "endpoint.enabled": "A webhook endpoint was enabled.",
    "endpoint.disabled": "A webhook endpoint was disabled.",
    "endpoint.deleted": "A webhook endpoint was deleted.",
    "endpoint.secret_rotated": "A webhook endpoint got a new secret.",
    "endpoint.replayed": "Events were sent to an endpoint again.",
    "delivery.replayed": "A delivery was sent again.",
}
"""What only the audit log tells, beside the events: nobody is sent these, and no number is theirs."""
