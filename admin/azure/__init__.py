"""Client of Resource Manager for commands: its methods as data, and the connection to it."""
