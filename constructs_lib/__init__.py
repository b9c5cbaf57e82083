"""The parts that environments are made of, one folder per cloud and one file per concern."""
