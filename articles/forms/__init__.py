"""The forms that editors fill in."""

from articles.forms.article import ArticleAddForm, ArticleForm, Difference

__all__ = ["ArticleAddForm", "ArticleForm", "Difference"]
