"""Measures the product as it runs: whole visits through its own processes, never a part on its own."""
