"""What a site's files say beside its articles: its settings, its topics, its organizations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.findings import Organization, SiteContext
from articles.content.limits import MAX_DOMAIN_CHARS, MAX_NAME_CHARS
from articles.content.problems import Problem, ProblemError, error, warning
from articles.content.reading import read as read_yaml
from articles.content.tree import Entry, File, Tree
from articles.content.values import to_json
from articles.mapping import image_columns
from articles.models import Image, Provider, Site, Topic
from articles.report import Report

CONFIG: Final = "_config.yml"
TOPICS: Final = "_data/topics"
ORGANIZATIONS: Final = "_data/organizations"
SAVED_AT_ONCE: Final = 500

_TOPIC_KEYS: Final = frozenset({"taxonomy", "_id", "name", "shortname", "parent", "keywords", "hashtags"})
_ORGANIZATION_KEYS: Final = frozenset({"taxonomy", "_id", "name", "domain", "images"})
_NUMBER: Final = re.compile(r"\d+")


def site_settings(tree: Tree) -> tuple[dict[str, Any], list[Problem]]:
    """Title, URL and threshold as the generator's configuration has them; nothing where there is none."""
    try:
        file = tree.read(CONFIG, max_bytes=MAX_FILE_BYTES)
    except ProblemError as refusal:
        return {}, [] if refusal.problem.code == "vanished" else [refusal.problem]
    fields, problems = _yaml(file)
    settings: dict[str, Any] = {}
    if isinstance(fields.get("title"), str):
        settings["title"] = fields["title"][:300]
    if isinstance(fields.get("url"), str):
        base = fields.get("baseurl")
        settings["url"] = (fields["url"].rstrip("/") + (base if isinstance(base, str) else ""))[:2000]
    if isinstance(fields.get("threshold"), int) and not isinstance(fields["threshold"], bool):
        settings["threshold"] = fields["threshold"]
    return settings, problems


def check_reference(tree: Tree) -> tuple[SiteContext, list[Problem]]:
    """What the files that `import_reference` reads say, and every problem of theirs; touches no table."""
    settings, problems = site_settings(tree)
    topics: set[str] = set()
    organizations: dict[str, Organization] = {}
    for file in _files(tree, TOPICS, problems):
        fields, found = _topic(file)
        problems += found
        topics |= {fields["name"]} if fields else set()
    for file in _files(tree, ORGANIZATIONS, problems):
        fields, found = _organization(file)
        problems += found
        if fields:
            images = map(_safe_image, _pictures(fields))
            named = Organization.of(_text(fields, "name"), images, settings.get("url", ""))
            organizations.setdefault(fields["domain"].strip().lower(), named)
    return SiteContext(frozenset(topics), organizations), problems


@dataclass(frozen=True, slots=True)
class Touched:
    """Of which topics and organizations something was read that articles are judged by: their names and domains."""

    topics: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)


def import_reference(tree: Tree, site: Site, report: Report) -> Touched:
    """Topics and organizations into the tables; a file with a known digest is passed over."""
    touched = Touched()
    _import_topics(tree, site, report, touched)
    _import_organizations(tree, site, report, touched)
    return touched


def _import_topics(tree: Tree, site: Site, report: Report, touched: Touched) -> None:
    known = {topic.path: topic for topic in Topic.objects.filter(site=site).exclude(path="")}
    by_name = {topic.name: topic for topic in Topic.objects.filter(site=site)}
    parents: dict[str, str] = {}
    files = sorted(_files(tree, TOPICS, report.problems), key=_by_number)
    for position, file in enumerate(files):
        before = known.pop(file.path, None)
        if before is not None and (before.digest, before.position) == (file.digest, position):
            continue
        fields, problems = _topic(file)
        report.add(problems)
        if not fields:
            continue
        if before is not None and before.name != fields["name"]:
            _forget_topic_files({file.path: before}, report, touched)
        topic = by_name.get(fields["name"]) or Topic(site=site, name=fields["name"])
        if topic.path not in ("", file.path) and topic.path not in known:
            message = f"The topic '{topic.name}' is in {topic.path} too. Keep one of the two files."
            report.add([warning("duplicate_topic", message, path=file.path, key="name")])
            continue
        if not topic.path:
            touched.topics.add(topic.name)
        _fill_topic(topic, fields, file, position)
        topic.save()
        by_name[topic.name] = topic
        parents[topic.name] = _text(fields, "parent")
        report.changes += 1
        report.plan_to("read", [file.path])
    _forget_topic_files(known, report, touched)
    _set_parents(parents, by_name, site)


def _fill_topic(topic: Topic, fields: dict[Any, Any], file: File, position: int) -> None:
    topic.slug = _text(fields, "_id")
    topic.shortname = _text(fields, "shortname")
    topic.keywords = _texts(fields, "keywords")
    topic.hashtags = _texts(fields, "hashtags")
    topic.extra = to_json({key: value for key, value in fields.items() if key not in _TOPIC_KEYS})
    topic.position, topic.path, topic.digest = position, file.path, file.digest


def _forget_topic_files(gone: dict[str, Topic], report: Report, touched: Touched) -> None:
    """A topic whose file went stays for the articles that name it."""
    for path, topic in gone.items():
        touched.topics.add(topic.name)
        if Topic.objects.filter(pk=topic.pk, path=path).update(path="", digest="", position=None):
            report.changes += 1
            report.plan_to("forget", [path])


def _set_parents(parents: dict[str, str], by_name: dict[str, Topic], site: Site) -> None:
    for name, parent in parents.items():
        if parent and parent not in by_name:
            by_name[parent] = Topic.objects.create(site=site, name=parent[:MAX_NAME_CHARS])
        topic, above = by_name[name], by_name[parent] if parent and parent != name else None
        if topic.parent_id != (above.pk if above else None):
            topic.parent = above
            topic.save(update_fields=["parent"])


def _import_organizations(tree: Tree, site: Site, report: Report, touched: Touched) -> None:
    known = {provider.path: provider.digest for provider in Provider.objects.filter(site=site).exclude(path="")}
    seen: set[str] = set()
    domains: dict[str, str] = {}
    read: list[tuple[str, dict[Any, Any], File]] = []
    for file in _files(tree, ORGANIZATIONS, report.problems):
        seen.add(file.path)
        if known.get(file.path) == file.digest:
            continue
        fields, problems = _organization(file)
        report.add(problems)
        if not fields:
            continue
        domain = fields["domain"].strip().lower()
        if domain in domains:
            message = f"The organization '{domain}' is in {domains[domain]} too. Keep one of the two files."
            report.add([warning("duplicate_organization", message, path=file.path, key="domain")])
            continue
        domains[domain] = file.path
        read.append((domain, fields, file))
        if len(read) == SAVED_AT_ONCE:
            _save_organizations(site, read)
            read = []
        touched.domains.add(domain)
        report.changes += 1
        report.plan_to("read", [file.path])
    _save_organizations(site, read)
    gone = [path for path in known if path not in seen]
    went = Provider.objects.filter(site=site, path__in=gone)
    touched.domains.update(went.values_list("domain", flat=True))
    report.changes += went.update(path="", digest="")
    report.plan_to("forget", gone)


def _save_organizations(site: Site, read: list[tuple[str, dict[Any, Any], File]]) -> None:
    """Organizations of so many domains, new ones and known ones, with their pictures in place of those before."""
    organizations = [
        Provider(
            site=site,
            domain=domain,
            name=_text(fields, "name"),
            extra=to_json({key: value for key, value in fields.items() if key not in _ORGANIZATION_KEYS}),
            path=file.path,
            digest=file.digest,
        )
        for domain, fields, file in read
    ]
    said = ("name", "extra", "path", "digest")
    kept = Provider.objects.bulk_create(
        organizations, update_conflicts=True, unique_fields=("site", "domain"), update_fields=said
    )
    Image.objects.filter(provider__in=kept).delete()
    Image.objects.bulk_create(
        Image(provider=provider, position=place, **_safe_image(image))
        for provider, (_, fields, _) in zip(kept, read, strict=True)
        for place, image in enumerate(_pictures(fields))
    )


def _pictures(fields: dict[Any, Any]) -> list[dict[Any, Any]]:
    return [image for image in fields.get("images") or [] if isinstance(image, dict)]


def _safe_image(image: dict[Any, Any]) -> dict[str, Any]:
    """The columns of an image of unchecked types; what is of the wrong type is left out."""
    numbers = {
        key: image[key] for key in ("width", "height") if type(image.get(key)) is int and abs(image[key]) < 2**31
    }
    texts = {key: image[key] for key in ("url", "title", "attribution") if isinstance(image.get(key), str)}
    return image_columns({**numbers, **texts})


def _topic(file: File) -> tuple[dict[Any, Any], list[Problem]]:
    """A topic's fields; none for a file that cannot be one."""
    fields, problems = _yaml(file)
    if any(problem.is_error for problem in problems):
        return {}, problems
    if not _is_name(fields.get("name"), MAX_NAME_CHARS):
        message = f"A topic needs a name of at most {MAX_NAME_CHARS} characters. Write 'name: ...'."
        return {}, [*problems, error("no_name", message, path=file.path, key="name", line=1)]
    return fields, problems


def _organization(file: File) -> tuple[dict[Any, Any], list[Problem]]:
    """An organization's fields; none for a file that cannot be one."""
    document = Document.read(file.data, file.path)
    problems = list(document.problems)
    if not document.is_readable:
        return {}, problems
    fields = document.fields
    if not _is_name(fields.get("domain"), MAX_DOMAIN_CHARS):
        message = "An organization needs a domain such as example.com. Write 'domain: ...'."
        return {}, [*problems, error("no_domain", message, path=file.path, key="domain", line=1)]
    return fields, problems


def _yaml(file: File) -> tuple[dict[Any, Any], list[Problem]]:
    """The fields of a file that is YAML as a whole, with or without fences."""
    if file.data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"---"):
        document = Document.read(file.data, file.path)
        if document.is_readable:
            return document.fields, list(document.problems)
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [error("not_utf8", "The file is not UTF-8. Save it as UTF-8.", path=file.path)]
    reading = read_yaml(text)
    return reading.fields, [problem.at(file.path) for problem in reading.problems]


def _files(tree: Tree, folder: str, problems: list[Problem]) -> Iterator[File]:
    """The files of a folder; those that cannot be read are added to the problems."""
    for found in tree.list(folder, (".yaml", ".yml", ".md")):
        if isinstance(found, Entry):
            try:
                yield tree.read(found.path, max_bytes=MAX_FILE_BYTES)
            except ProblemError as refusal:
                problems.append(refusal.problem)
        else:
            problems.append(found)


def _by_number(file: File) -> tuple[int, str]:
    """`02-x.yaml` before `10-y.yaml`; files without a number come last."""
    name = file.path.rpartition("/")[2]
    number = _NUMBER.match(name)
    return (int(number[0][:9]) if number else 10**9, name)


def _is_name(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= longest


def _text(fields: dict[Any, Any], key: str) -> str:
    value = fields.get(key)
    return value[:MAX_NAME_CHARS] if isinstance(value, str) else ""


def _texts(fields: dict[Any, Any], key: str) -> list[str]:
    value = fields.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
