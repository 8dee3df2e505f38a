"""Python imports this by itself when the folder is on PYTHONPATH: in the processes of a chaos run only."""

from tests.chaos import hooked

hooked.install()
