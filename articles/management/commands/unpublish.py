"""unpublish: readers do not get these articles."""

from articles import review
from articles.management.publishing import PublishingCommand


class Command(PublishingCommand):
    help = "Decide that readers do not get these articles."
    decide = staticmethod(review.unpublish)
