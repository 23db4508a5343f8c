"""Tables the models read: phrases of each category, loaded once."""
