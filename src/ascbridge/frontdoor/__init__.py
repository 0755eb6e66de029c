"""The front door's work: looking into what came in, reviews that come due, and how long people wait."""
