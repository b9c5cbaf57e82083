"""Constructs that releases come from: registry, image build, release record."""
