"""Urgent matters of the night: which there are, how they stand, where they are kept, and who sees them."""
