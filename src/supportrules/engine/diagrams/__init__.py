"""What conclusions come to for all facts at once, as decision diagrams: no combination is listed."""
