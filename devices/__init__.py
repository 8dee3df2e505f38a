"""The store's hardware: the message contract, the broker, the gateway and the device runtime."""
