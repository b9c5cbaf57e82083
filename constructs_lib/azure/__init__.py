"""Constructs on Azure: base, network, data, account.

Files have the same names as in ``aws`` and ``gcp``.
"""

from constructs_lib.providers import import_lazily

import_lazily("cdktf_cdktf_provider_azurerm")
