"""What the business is: values, rules and transitions, on the standard library alone."""
