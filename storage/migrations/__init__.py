"""The chain of revisions, oldest first in `versions/`. Run by `storage.migrate`, never by hand."""
