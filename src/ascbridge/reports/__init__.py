"""What those who answer for the work are told in figures: counted from bounded queries, and marking nobody."""
