"""Hash of the administrator's password, which `make admin-password` and a deploy to an embedded AWS store."""

from argon2 import PasswordHasher

# The parameters of the service's own hashes: it would call for a new hash at each login if these differed.
HASHER = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1, hash_len=32, salt_len=16)
