"""Simulated surroundings of the shop: devices, payment provider, mail, shoppers; never part of the product."""
