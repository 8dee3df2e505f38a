"""What runs inside a device: outbox, life on the broker, the rules of a lock and of a scale."""
