"""Two policies compared: what changed in the text, in the meaning, and for real tickets."""
