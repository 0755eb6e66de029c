"""Safeguarding behind its wall: concerns, whose they are, by when, what was decided, and who may not see them."""
