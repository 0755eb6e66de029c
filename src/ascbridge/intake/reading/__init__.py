"""What was kept is understood: by which profile and map, with what was mended, and read again where that changed."""
