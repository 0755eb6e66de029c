"""What one stay is by all that was said of it: statements, the fold, its dates, whose the person is. It thinks only."""
