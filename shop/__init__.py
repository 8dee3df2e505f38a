"""The shop service: visits, goods, money and the HTTP API for shoppers."""
