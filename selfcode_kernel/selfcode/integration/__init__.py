"""Accepted code goes into living objects; every version is one step away from coming back."""
