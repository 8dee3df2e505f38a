"""Why a backup or a restore did not happen, in words for the operator."""


class BackupError(ValueError):
    """Nothing was left behind that looks like a backup, and nothing was overwritten."""
