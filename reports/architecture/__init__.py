"""Draw an environment from its templates: what is not deployed is not in the picture.

``boxes`` says what is drawn and how it is called, ``relations`` what a resource says of others, ``arrows`` which boxes
that connects, ``mermaid`` writes it down, ``page`` keeps it in the documents.
"""
