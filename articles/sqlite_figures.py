"""What SQLite is told of the sizes of our tables: as ANALYZE finds them at a million articles, on every desk.

SQLite gathers nothing by itself, and without figures, or with those of a small desk that has grown, it takes a wrong
index now and then: the outbox took 0.8 s at a million articles where it takes 0.04. A plan that is right for many rows
is right for few. Whoever runs ANALYZE has their own figures until the next `migrate`. PostgreSQL gathers its own.

For new indexes: `ANALYZE` on a database of `tests/benchmarks/million.py`, and the rows of `sqlite_stat1`. Each is a
table's name, and for its indexes the number of rows, then how many share the first column, the first two and so on. Of
indexes of what nothing is made up there (reasons, undone batches, rules) they are reckoned.
"""

from __future__ import annotations

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

FIGURES: Final[dict[str, dict[str, str]]] = {
    "articles_article": {
        "article_as_last_seen": "1000000 333334 1 1 1 1",
        "article_by_date": "1000000 1 1",
        "article_by_provider": "1000000 2179 1 1",
        "article_by_published": "1000000 333334 1 1",
        "article_by_rare_type": "39780 19890 3978 1592 1 1 1 1 1 1 1",
        "article_by_rule": "969912 323304 64661 16166 200 1 1",
        "article_by_site": "1000000 333334 1 1",
        "article_by_source": "1000000 1",
        "article_by_story": "62500 4",
        "article_flapping": "2030 1",
        "article_in_conflict": "1003 335 1",
        "article_in_heat": "1000000 4652 1",
        "article_in_quality": "1000000 5236 1",
        "article_missing": "9062 1",
        "article_queue_date": "1000000 200000 66667 1 1 1 1 1 1 1",
        "article_queue_heat": "1000000 200000 66667 681 1 1 1 1 1 1",
        "article_queue_nearness": "1000000 200000 66667 1149 45 1 1 1 1 1",
        "article_queue_quality": "1000000 200000 66667 768 1 1 1 1 1 1",
        "article_telling": "61928 1 1 1 1",
        "article_unwritten": "1028 343 1 1",
        "article_with_problems": "9999 1",
        "sqlite_autoindex_articles_article_1": "1000000 333334 1",
    },
    "articles_articletopic": {
        "sqlite_autoindex_articles_articletopic_1": "1343051 2 1",
        "sqlite_autoindex_articles_articletopic_2": "1343051 7462 1",
    },
    "articles_event": {
        "articles_event_batch_141a5352": "1096136 1",
        "articles_event_site_id_b318e15f": "1096136 365379",
        "event_by_act": "1096136 365379 1 1",
        "event_by_article": "1096136 2 1 1",
        "event_by_name": "796606 159322 1 1",
        "event_by_reason": "20000 20",
        "event_by_time": "1096136 1 1",
        "event_by_user": "796606 159322 1",
        "event_of_rule": "5000 1667 1 1",
        "event_undoing": "2000 10",
    },
    "articles_finding": {
        "finding_by_code": "383897 25594 1",
        "sqlite_autoindex_articles_finding_1": "383897 2 1 1",
    },
    "articles_image": {
        "image_by_address": "1125460 1",
        "sqlite_autoindex_articles_image_1": "1125460 2 1",
        "sqlite_autoindex_articles_image_2": "1125460 2442 2437",
    },
    "articles_override": {
        "articles_override_user_id_e015939d": "398494 79699",
        "override_by_key": "398494 398494 1",
        "override_by_reason": "20000 20",
        "override_in_conflict": "1003 1",
        "sqlite_autoindex_articles_override_1": "398494 1 1",
    },
    "articles_provider": {
        "articles_provider_site_id_fcba201b": "460 154",
        "provider_by_name": "460 2 2",
        "sqlite_autoindex_articles_provider_1": "460 154 1",
    },
    "articles_site": {
        "sqlite_autoindex_articles_site_1": "3 1",
    },
    "articles_source": {
        "sqlite_autoindex_articles_source_1": "1000000 1",
    },
    "articles_topic": {
        "articles_topic_parent_id_29f4f64b": "180 180",
        "articles_topic_site_id_48f2e2d0": "180 60",
        "sqlite_autoindex_articles_topic_1": "180 60 1",
    },
}


def keep(connection: BaseDatabaseWrapper) -> None:
    """Have SQLite plan by these figures, from its next connection on and in this one."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_site")  # makes the table of figures, where there is none
        for table, indexes in FIGURES.items():
            cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = %s", [table])
            rows = [(table, name, stat) for name, stat in indexes.items()]
            cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", rows)
        cursor.execute("ANALYZE sqlite_schema")  # which reads them
