"""Rights of the caller: permissions that methods ask for, roles that hold them, and the roles that the caller has."""
