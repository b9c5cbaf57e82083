"""Deletion of an environment whose data may be lost, and the list of what stays in its account.

python -m admin.destroy --env dev --account 111122223333
"""
