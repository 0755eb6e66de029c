"""One message from its frame to the answer: its trail, its hops with what each changed, and its spans."""
