"""A stand-in for Stripe's API over HTTP, as Stripe documents it, for demos and tests without the internet."""
