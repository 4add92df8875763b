"""Generation: writes candidates for a diagnosis, offline by rules and by search."""
