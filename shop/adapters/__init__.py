"""One file for each vendor or protocol the shop talks to."""
