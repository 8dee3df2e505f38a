"""`python -m shop doctor`: looks at everything a shop needs and says in plain words what to do."""
