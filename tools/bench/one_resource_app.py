"""The least that CDKTF synthesizes with Google's provider: one resource, whose package's ``__init__`` does not run.

It is what Python alone can save, and what a complete environment is measured against. node reads the whole provider.
"""

import sys
from importlib.util import find_spec, module_from_spec

PACKAGE = "cdktf_cdktf_provider_google"
if spec := find_spec(PACKAGE):
    sys.modules[PACKAGE] = module_from_spec(spec)

from cdktf import App, GcsBackend, TerraformStack  # noqa: E402 - the package must stand there before
from cdktf_cdktf_provider_google.provider import GoogleProvider  # noqa: E402
from cdktf_cdktf_provider_google.pubsub_topic import PubsubTopic  # noqa: E402

app = App()
stack = TerraformStack(app, "least")
GcsBackend(stack, bucket="state", prefix="least")
GoogleProvider(stack, "google", project="example")
PubsubTopic(stack, "topic", name="topic")
app.synth()
