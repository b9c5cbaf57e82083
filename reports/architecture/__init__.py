"""Architecture pictures of an environment, drawn from what is synthesized.

On AWS ``boxes`` says what is drawn and how it is called, ``relations`` what a resource says of others, ``arrows`` which
boxes that connects, ``mermaid`` writes it down. ``gcp`` draws Google Cloud. ``render`` puts both into the documents.
"""
