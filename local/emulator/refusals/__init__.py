"""Refusals: rules that AWS has and MiniStack lacks, each with its source, listed in docs/embedded-cloud.md.

A rule stands here where it cost somebody a deploy that the embedded cloud had let pass. Most check one operation on one
resource before its handler runs; the others patch the engine.
"""
