"""A definition and the facts of a ticket → a decision."""
