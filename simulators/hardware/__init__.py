"""Simulated devices: real edge software on pretended hardware, wired to the simulated world."""
