"""File key and model column: the one place that knows both names, and how a file becomes a row and a row a file."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from articles.content import merge
from articles.content.document import Document
from articles.content.findings import source_key
from articles.content.grammar import IMAGE_KEYS
from articles.content.merge import Decision
from articles.content.planning import file_in_force, file_of_crawler
from articles.content.problems import Problem
from articles.content.schema import Checked, check_article
from articles.content.values import to_json
from articles.models import Article, Override

COLUMNS: Final = {
    "category": "category",
    "title": "title",
    "excerpt": "excerpt",
    "publishedDateTime": "published_at",
    "originalUrl": "original_url",
    "webUrl": "web_url",
    "ampWebUrl": "amp_url",
    "cdnAmpWebUrl": "cdn_amp_url",
    "type": "type",
    "quality": "quality",
    "heat": "heat",
    "published": "published",
    "featuredContent": "featured_content",
}
"""The keys that are one column each."""

IMAGE_COLUMNS: Final = {
    "url": "url",
    "width": "width",
    "height": "height",
    "isCached": "is_cached",
    "title": "title",
    "attribution": "attribution",
}

_IMAGE_KEYS: Final = frozenset(IMAGE_KEYS)

DERIVED_COLUMNS: Final = (
    *COLUMNS.values(),
    "source_key",
    "provider_name",
    "related",
    "extra",
    "as_written",
    "problems",
)
"""Every column that the fields in force decide, but for the provider."""


class ArticleData(NamedTuple):
    """An article's fields as the tables hold them.

    `columns` are those of `Article`; `provider` is a domain in lower case (empty: none known) with the name and the
    pictures that this article gives it; `topics` are names in order; `images` the columns of `Image`, in order.
    """

    columns: dict[str, Any]
    provider_domain: str
    provider_images: list[dict[str, Any]]
    topics: list[str]
    images: list[dict[str, Any]]
    secured: str | None
    problems: tuple[Problem, ...]

    @property
    def provider_name(self) -> str | None:
        name: str | None = self.columns["provider_name"]
        return name


def article_data(fields: dict[Any, Any], document: Document) -> ArticleData:
    """What the tables hold for an article with these fields; `document` is where they stand, for lines and problems."""
    checked = check_article(fields, document.line_of)
    values = checked.values
    found = (*document.problems, *checked.problems)
    problems = tuple(problem.at(document.path) for problem in found) if found else ()
    provider = values.get("provider", {})
    columns: dict[str, Any] = {column: values.get(key) for key, column in COLUMNS.items()}
    columns["source_key"] = source_key(values)
    columns["provider_name"] = provider.get("name")
    columns["related"] = to_json(values["related"]) if "related" in values else []
    columns["extra"] = to_json(checked.extra) if checked.extra else {}
    columns["as_written"] = _without_secured(checked)
    columns["problems"] = [problem.as_dict() for problem in problems]
    return ArticleData(
        columns,
        (provider.get("domain") or "").strip().lower(),
        [image_columns(image) for image in provider.get("images") or []],
        list(dict.fromkeys(values.get("topics", []))),
        [image_columns(image) for image in values.get("images", [])],
        values.get("secured"),
        problems,
    )


def image_columns(image: dict[Any, Any]) -> dict[str, Any]:
    """The columns of an image; keys beyond the record go into `extra`."""
    columns: dict[str, Any] = {column: image.get(key) for key, column in IMAGE_COLUMNS.items()}
    columns["url"] = image.get("url") or ""
    is_known = _IMAGE_KEYS.issuperset(image)
    columns["extra"] = {} if is_known else to_json({key: image[key] for key in image if key not in _IMAGE_KEYS})
    return columns


def crawler_document(article: Article) -> Document:
    """The file as the crawler wrote it; without any field for an article that was added here."""
    return file_of_crawler(bytes(article.source.text), article.path)


def crawler_fields(article: Article) -> dict[Any, Any]:
    """The values as the crawler wrote them, by file key."""
    return crawler_document(article).fields


def fields_in_force(article: Article) -> dict[Any, Any]:
    """The crawler's values with the editors' overrides set in them, by file key."""
    return merge.in_force(crawler_fields(article), decisions(article.overrides.all()))


def document_in_force(article: Article) -> Document:
    """The file that should be: the crawler's text with each override set in place; raises `EditRefused`."""
    return file_in_force(bytes(article.source.text), decisions(article.overrides.all()), article.path)


def decisions(overrides: Iterable[Override]) -> list[Decision]:
    """The overrides as values."""
    return [decision_of(override) for override in overrides]


def decision_of(override: Override) -> Decision:
    """What an override says."""
    said, before = (override.value, override.is_removal), (override.crawler_value, override.crawler_absent)
    return Decision.kept_as(override.key, *said, *before, override.echoes)


def _without_secured(checked: Checked) -> Any:
    """`secured` is carried with the source text and shown nowhere."""
    if not checked.as_written:
        return {}
    return to_json({key: value for key, value in checked.as_written.items() if key != "secured"})
