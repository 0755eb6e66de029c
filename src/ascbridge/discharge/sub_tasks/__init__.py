"""Work split off a task: what is proposed, how it stands, where it is kept, and its lists."""
