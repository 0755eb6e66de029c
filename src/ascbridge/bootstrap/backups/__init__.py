"""Back-up and restore: what a back-up holds and says of itself, and what follows when it was put back."""
