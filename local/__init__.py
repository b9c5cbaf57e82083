"""The embedded cloud: the real CDK CLI deploys the unchanged templates onto an AWS that runs on this machine.

``cloud`` is its process, ``emulator`` what runs inside that process, ``deployment`` what ``make deploy`` does with it.
"""
