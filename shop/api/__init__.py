"""HTTP for the shopper's app: thin routes on the domain."""
