"""Running the shop: what it logs, what it counts, how well it is, and what to do about it."""
