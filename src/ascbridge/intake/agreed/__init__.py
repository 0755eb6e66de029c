"""What was agreed with each sender: the feed profiles, their versions, which is in force, and how two differ."""
