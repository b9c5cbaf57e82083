"""The table of contents: which environments exist, in which cloud. ``cdk`` and ``cdktf`` run this file."""

import gc
import sys
from importlib import import_module

from constructs_lib.providers import ProviderPackageError
from environments import EnvironmentsError, load


def main() -> None:
    """Synthesize the environments for the clouds named on the command line; only those clouds are imported."""
    try:
        environments = load()
        apps = [import_module(f"stacks.{cloud}").build(environments) for cloud in sys.argv[1:]]
    except (EnvironmentsError, ProviderPackageError) as error:
        raise SystemExit(str(error)) from None
    for app in apps:
        app.synth()


if __name__ == "__main__":
    # The process ends within seconds; collecting would only walk the tens of thousands of generated classes.
    gc.disable()
    main()
