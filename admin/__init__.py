"""The operator's desk: restock, reviews, exit tests, incidents, audit."""
