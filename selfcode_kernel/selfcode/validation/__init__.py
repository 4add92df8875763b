"""Validation: judges candidates by policy, reviewers, trials and tests, with evidence."""
