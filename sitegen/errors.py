class BuildError(Exception):
    """A sentence for the person who runs the build; the site that stood before still stands."""


class PublishError(Exception):
    """A sentence for the person who publishes; the page that is live is complete."""
