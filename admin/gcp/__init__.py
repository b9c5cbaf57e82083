"""Google Cloud of a command: the embedded one, or the project that was typed; its APIs are asked by REST."""
