"""The HTML pages: the same operations as the API, shown to people in French and English."""
