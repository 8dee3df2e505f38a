"""Kills everything while people shop, and proves that nothing was lost. Outside the product."""
