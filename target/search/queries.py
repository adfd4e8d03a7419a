"""What search asks the database.

The newest come first, as in every list: a rank would have to be computed for all rows that match before the
first could be shown, and could not be paged through while posts come in.
"""

from __future__ import annotations

from target.db.pool import Database, Query
from target.paging import Listing, listing
from target.posts.models import Post
from target.posts.queries import post_place, to_post
from target.search.models import Search
from target.users.models import Person
from target.users.queries import to_person

# websearch_to_tsquery takes any text: what is no operator is a word, and nothing is an error.
_POSTS = Query(
    "search_posts",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id"
    " where to_tsvector('simple', p.body) @@ websearch_to_tsquery('simple', %s) and (p.created_at, p.id) < (%s, %s)"
    " order by p.created_at desc, p.id desc limit %s",
)
_PEOPLE = Query(
    "search_people",
    "select id, name, created_at from users"
    " where to_tsvector('simple', name) @@ websearch_to_tsquery('simple', %s) and (created_at, id) < (%s, %s)"
    " order by created_at desc, id desc limit %s",
)


async def search_posts(database: Database, search: Search) -> Listing[Post]:
    """Posts with these words."""
    return listing(await database.fetch_all(_POSTS, (search.q, *search.bounds), to_post), search, post_place)


async def search_people(database: Database, search: Search) -> Listing[Person]:
    """People with these names."""
    rows = await database.fetch_all(_PEOPLE, (search.q, *search.bounds), to_person)
    return listing(rows, search, lambda person: (person.since, person.id))
