"""What an editor would mend in an article, with a safe fix where there is one: mojibake, cut excerpts, duplicates, ...

Pure: what has to be known beside the article (topics, organizations, likenesses) comes in as a `Context`.
"""

from articles.content.findings.finding import (
    KINDS,
    KNOWS_NOTHING,
    Context,
    Finding,
    Kind,
    Likeness,
    Organization,
    Severity,
    SiteContext,
)
from articles.content.findings.fixing import fix_all_safe, fixes_of
from articles.content.findings.judging import findings_of, judge_likeness, published_by_rule
from articles.content.findings.likeness import (
    FORTNIGHT,
    Headline,
    Headlines,
    NearPairs,
    address_key,
    headline_of,
    near_pairs,
    source_key,
)

__all__ = [
    "FORTNIGHT",
    "KINDS",
    "KNOWS_NOTHING",
    "Context",
    "Finding",
    "Headline",
    "Headlines",
    "Kind",
    "Likeness",
    "NearPairs",
    "Organization",
    "Severity",
    "SiteContext",
    "address_key",
    "findings_of",
    "fix_all_safe",
    "fixes_of",
    "headline_of",
    "judge_likeness",
    "near_pairs",
    "published_by_rule",
    "source_key",
]
