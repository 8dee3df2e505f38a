"""The demo: the product's own processes with a simulated store, Stripe, mail and shoppers, and its audit."""
