"""A message comes in: it is received, kept and acknowledged, and then understood."""
