"""Weights to goods: pure functions on numbers, no database, no broker."""
