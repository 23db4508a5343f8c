"""One module a revision. Released ones never change."""
