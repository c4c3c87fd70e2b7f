"""The addresses of the desk: the queue and its acts, the pages beside it, accounts."""

from django.urls import path

from articles.desk import (
    account,
    article,
    batches,
    bulk,
    bulk_runs,
    deciding,
    editing,
    facets,
    jobs,
    outbox,
    queue,
    rules,
    saved_views,
    settling,
    stories,
)

urlpatterns = [
    # The queue and its articles
    path("", queue.queue, name="home"),
    path("articles/<int:pk>/", article.article_page, name="article"),
    path("articles/<int:pk>/publish/", deciding.publish, name="article-publish"),
    path("articles/<int:pk>/unpublish/", deciding.unpublish, name="article-unpublish"),
    path("articles/<int:pk>/keep/", deciding.keep, name="article-keep"),
    path("articles/<int:pk>/quality/", deciding.set_quality, name="article-quality"),
    path("articles/<int:pk>/heat/", deciding.set_heat, name="article-heat"),
    path("articles/<int:pk>/topics/", deciding.change_topics, name="article-topics"),
    path("articles/<int:pk>/fix/", deciding.fix, name="article-fix"),
    path("articles/<int:pk>/reset/", deciding.reset, name="article-reset"),
    path("articles/<int:pk>/restore/", deciding.restore, name="article-restore"),
    path("articles/<int:pk>/resolve/", deciding.resolve, name="article-resolve"),
    path("articles/<int:pk>/edit/", editing.edit_page, name="article-edit"),
    path("articles/<int:pk>/preview/", editing.preview, name="article-preview"),
    path("undo/", deciding.undo, name="undo"),
    path("conflicts/", settling.conflict_page, name="conflicts"),
    path("facets/", facets.facets, name="facets"),
    path("views/", saved_views.views_page, name="views"),
    path("views/new/", saved_views.save_view, name="save-view"),
    path("views/<int:pk>/", saved_views.change_view, name="change-view"),
    path("views/<int:pk>/delete/", saved_views.delete_view, name="delete-view"),
    # Bulk
    path("bulk/", bulk.bulk, name="bulk"),
    path("bulk/<int:pk>/", bulk_runs.run_page, name="bulk-run"),
    path("bulk/<int:pk>/stop/", bulk_runs.stop, name="stop-bulk-run"),
    path("bulk/<int:pk>/go-on/", bulk_runs.go_on, name="go-on-with-bulk-run"),
    path("batch/<uuid:batch>/", batches.batch_page, name="batch"),
    # Stories, rules, outbox
    path("stories/", stories.stories, name="stories"),
    path("rules/", rules.rules, name="rules"),
    path("outbox/", outbox.outbox, name="outbox"),
    # Runs over the sites' files
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/start/", jobs.start, name="start-job"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/again/", jobs.start_again, name="start-job-again"),
    path("jobs/<int:pk>/take-back/", jobs.take_back, name="take-back-job"),
    # Accounts
    path("login/", account.log_in, name="login"),
    path("logout/", account.log_out, name="logout"),
    path("password/", account.change_password, name="password"),
    path("preferences/", account.preferences, name="preferences"),
    path("token/", account.token, name="token"),
]
