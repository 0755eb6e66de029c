"""Finding a message by whatever somebody has of it, whom it is about, why there is no task, and who saw whom."""
