"""What holds over all facts: of one policy, and of two side by side."""
