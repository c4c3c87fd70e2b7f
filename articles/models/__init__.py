"""The tables of the desk: sites, providers, topics, articles with their source text and pictures, overrides, events."""

from articles.models.article import Article, ArticleQuerySet, ArticleTopic
from articles.models.editor import DeskPreference, SavedView
from articles.models.event import AppendOnly, Event, EventQuerySet
from articles.models.parts import Finding, Image, Override, Source
from articles.models.queued import BulkRun, Job, Queued
from articles.models.sites import Provider, Site, Topic

__all__ = (
    "AppendOnly",
    "Article",
    "ArticleQuerySet",
    "ArticleTopic",
    "BulkRun",
    "DeskPreference",
    "Event",
    "EventQuerySet",
    "Finding",
    "Image",
    "Job",
    "Override",
    "Provider",
    "Queued",
    "SavedView",
    "Site",
    "Source",
    "Topic",
)
