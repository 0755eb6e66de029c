"""It raises work: hospital facts fold into spells, and spells open, change and close discharge tasks."""
