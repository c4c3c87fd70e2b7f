"""PostgreSQL, too, keeps findings and topics beside what the queue goes by: by label and state, in one index."""

# ruff: noqa: S608 - names of our own.
from typing import Any

from django.db import migrations

COPIED = ("published", "published_at", "heat", "quality", "nearness", "site_id", "provider_id")
COLUMNS = ", ".join(("label", "state", "id", *COPIED))
OF_ARTICLE = ", ".join(f"a.{name}" for name in ("state", "id", *COPIED))
FOLLOWED = ("state", *COPIED)
DIFFERS = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in FOLLOWED)
BY_KEY = "SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off"
"""Of a statement's new rows: a plan is kept from the first call on, however many these were."""

TABLE = f"""
    CREATE TABLE articles_labelled (
      label text COLLATE "C" NOT NULL, state smallint NOT NULL, id bigint NOT NULL, published boolean,
      published_at timestamp with time zone, heat integer, quality integer, nearness integer NOT NULL,
      site_id bigint NOT NULL, provider_id bigint, PRIMARY KEY (label, state, id) INCLUDE ({", ".join(COPIED)}))"""
FILL = f"""
    INSERT INTO articles_labelled ({COLUMNS}) SELECT label, {OF_ARTICLE}
    FROM (SELECT DISTINCT code AS label, article_id FROM articles_finding
          UNION ALL SELECT topic_id::text, article_id FROM articles_articletopic) AS labels
    JOIN articles_article a ON a.id = labels.article_id ORDER BY 1, 2, 3"""


def added(label: str) -> str:
    """Whoever changes the article meanwhile is waited for, and waits: else the label would stand beside what was."""
    return f"""
        INSERT INTO articles_labelled ({COLUMNS}) SELECT label, {OF_ARTICLE}
        FROM (SELECT DISTINCT {label}::text AS label, article_id FROM added) AS labels
        JOIN articles_article a ON a.id = labels.article_id FOR NO KEY UPDATE OF a
        ON CONFLICT DO NOTHING"""


def taken(label: str) -> str:
    return f"""
        DELETE FROM articles_labelled
        WHERE label = old.{label}::text AND state IN (0, 1, 2, 8, 9) AND id = old.article_id"""


FUNCTIONS = {
    "articles_finding_labelled()": added("code"),
    "articles_finding_gone()": f"""
        {taken("code")} AND NOT EXISTS (
          SELECT 1 FROM articles_finding WHERE article_id = old.article_id AND code = old.code)""",
    "articles_topic_labelled()": added("topic_id"),
    "articles_topic_gone()": taken("topic_id"),
    "articles_topic_changed()": f"""{taken("topic_id")};
        INSERT INTO articles_labelled ({COLUMNS}) SELECT new.topic_id::text, {OF_ARTICLE}
        FROM articles_article a WHERE a.id = new.article_id FOR NO KEY UPDATE OF a ON CONFLICT DO NOTHING""",
    "articles_labelled_changed()": f"""
        UPDATE articles_labelled SET {", ".join(f"{name} = new.{name}" for name in FOLLOWED)}
        WHERE state = old.state AND id = new.id AND label = ANY (ARRAY(
          SELECT code FROM articles_finding WHERE article_id = new.id
          UNION ALL SELECT topic_id::text FROM articles_articletopic WHERE article_id = new.id))""",
    "articles_labelled_emptied()": "TRUNCATE articles_labelled",
}
TRIGGERS = (
    "finding_labelled AFTER INSERT ON articles_finding REFERENCING NEW TABLE AS added"
    " FOR EACH STATEMENT EXECUTE FUNCTION articles_finding_labelled()",
    "finding_gone AFTER DELETE ON articles_finding FOR EACH ROW EXECUTE FUNCTION articles_finding_gone()",
    "topic_labelled AFTER INSERT ON articles_articletopic REFERENCING NEW TABLE AS added"
    " FOR EACH STATEMENT EXECUTE FUNCTION articles_topic_labelled()",
    "topic_gone AFTER DELETE ON articles_articletopic FOR EACH ROW EXECUTE FUNCTION articles_topic_gone()",
    "topic_changed AFTER UPDATE OF topic_id, article_id ON articles_articletopic FOR EACH ROW"
    " WHEN (old.topic_id <> new.topic_id OR old.article_id <> new.article_id)"
    " EXECUTE FUNCTION articles_topic_changed()",
    f"labelled_changed AFTER UPDATE OF {', '.join(FOLLOWED)} ON articles_article FOR EACH ROW WHEN ({DIFFERS})"
    " EXECUTE FUNCTION articles_labelled_changed()",
    "labelled_emptied AFTER TRUNCATE ON articles_article FOR EACH STATEMENT"
    " EXECUTE FUNCTION articles_labelled_emptied()",
)


def make(apps: Any, schema_editor: Any) -> None:
    functions = [
        f"CREATE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql {BY_KEY if 'added' in body else ''} AS "
        f"$$ BEGIN {body}; RETURN NULL; END $$"
        for name, body in FUNCTIONS.items()
    ]
    _run(schema_editor, TABLE, FILL, *functions, *(f"CREATE TRIGGER {trigger}" for trigger in TRIGGERS))


def drop(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, *(f"DROP FUNCTION {name} CASCADE" for name in FUNCTIONS), "DROP TABLE articles_labelled")


def _run(schema_editor: Any, *statements: str) -> None:
    for statement in statements if schema_editor.connection.vendor == "postgresql" else ():
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0023_no_twins")]

    operations = [migrations.RunPython(make, drop)]
