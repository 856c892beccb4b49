class Refusal(Exception):
    """A sentence for the operator: what is in the way, and the way out."""
