"""Compares two case systems while one takes over from the other: what agrees, what does not, and whether to switch."""
