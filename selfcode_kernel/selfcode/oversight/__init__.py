"""Oversight: what watches injected code after the approval: the tripwire and probation."""
