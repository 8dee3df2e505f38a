"""Papers for people, as web page and PDF, made from what was fixed when the sale was booked."""
