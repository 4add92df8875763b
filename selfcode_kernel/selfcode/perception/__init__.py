"""Perception: notices that something went wrong and says where and why."""

from selfcode.perception.diagnosis import diagnose, why_declined

__all__ = ["diagnose", "why_declined"]
