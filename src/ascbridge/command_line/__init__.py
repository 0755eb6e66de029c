"""What each command reads from its line and prints; the parts that it calls do the work."""
