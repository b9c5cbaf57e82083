"""What MiniStack's CloudFormation lacks, registered from outside when the emulator starts.

MiniStack is an AWS that runs in one process. Its services know far more than its CloudFormation does, so most of what
is missing here is a thin call (:mod:`resources <local.emulator.resources>`) or a property sent a second time
(:mod:`mended <local.emulator.mended>`). What no service is behind is written down and said to be so
(:mod:`recorded <local.emulator.recorded>`). Nothing here knows which application is deployed.
"""
