"""Pages and interfaces behind safeguarding's wall, and the slots through which others reach it."""
