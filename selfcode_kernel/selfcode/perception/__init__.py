"""Perception: notices that something went wrong and says where and why."""

from selfcode.perception.begun import begun
from selfcode.perception.diagnosis import LONGEST_CELL, diagnose, why_declined

__all__ = ["LONGEST_CELL", "begun", "diagnose", "why_declined"]
