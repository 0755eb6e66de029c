"""What goes with the person: the information that leaves with them, and assessments made in hospital."""
