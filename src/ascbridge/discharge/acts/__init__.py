"""What people do: each act is checked, kept for good, and decided upon at once. A new act is a module here."""
