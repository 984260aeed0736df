"""What was in force, what was decided under it, and whether it would be decided so again."""
