"""The front door: operations (one transaction each), the JSON API, the HTML pages, settings."""
