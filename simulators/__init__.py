"""Simulated surroundings of the shop: devices, payment provider, mail, shoppers; no part of the product."""
