"""What is kept of stays, tasks and the council's word, and asked of it by more than one part of the desk."""
