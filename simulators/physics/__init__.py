"""Weighing shelves as physics: what hands do to goods, what load cells say, and the truth kept apart."""
