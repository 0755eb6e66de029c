"""Nudges by e-mail: that work is about to be late, how much of it, and where to look; never whose."""
