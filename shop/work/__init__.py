"""What each kind of job does: ask the world outside any transaction, then one effect inside the last one."""
