"""The restore drill: a backup under load, restored elsewhere, compared, and opened again."""
