"""Tests of production and its account as deployed on the embedded cloud, by the services' own APIs."""
