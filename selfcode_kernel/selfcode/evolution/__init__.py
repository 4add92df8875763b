"""Evolution: changes a program, candidate by candidate, until its tests hold."""
