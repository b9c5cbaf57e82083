"""Azure of a command: the embedded one, or the subscription that was typed; Resource Manager is asked by REST."""
