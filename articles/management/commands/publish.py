"""publish: readers get these articles."""

from articles import review
from articles.management.publishing import PublishingCommand


class Command(PublishingCommand):
    help = "Decide that readers get these articles."
    decide = staticmethod(review.publish)
