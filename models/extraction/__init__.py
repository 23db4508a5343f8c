"""What a document says: its fields, lines and sums, each with its evidence."""
