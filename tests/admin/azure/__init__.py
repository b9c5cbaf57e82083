"""Tests of the client of Resource Manager, of its connection, and the Azure that they ask."""
