"""What hospital and council say becomes stays and tasks, a batch at a time."""
