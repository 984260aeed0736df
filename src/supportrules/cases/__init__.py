"""The test cases of a policy: their run, what they cover, and which clauses they show."""
