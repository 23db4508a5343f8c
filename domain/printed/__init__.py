"""How paper writes what we know as values: numbers and dates, wherever they stand in a line."""
