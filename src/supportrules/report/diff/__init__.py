"""Two policies compared, in the forms that people and machines read."""
