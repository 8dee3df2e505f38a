"""Rules and records of the shop; no web framework, no payment library, no broker."""
