"""Backups: a copy of the whole shop that can be checked, and the way back from one."""
