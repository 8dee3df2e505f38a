"""What all tests have in common: the plugins with their fixtures, and how Hypothesis tries."""

from hypothesis import settings

pytest_plugins = ["pytester", "tests.leaving_out", "tests.domain.databases", "tests.crashing"]

settings.register_profile("shop", deadline=None)  # shared machines stall now and then
settings.load_profile("shop")
