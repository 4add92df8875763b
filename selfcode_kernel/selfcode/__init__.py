"""Code that repairs and improves itself in a live notebook."""
