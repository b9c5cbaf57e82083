"""Tests of AWS's checks."""
