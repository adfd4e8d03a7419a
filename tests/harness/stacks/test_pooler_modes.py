"""PgBouncer's file offers the database once more for each pool mode that a plan asks for."""

from harness.stacks.pooler import Pooler, in_mode, render

POOLER = Pooler("127.0.0.1", 6432, "app", "db", 5432, "users.txt", "admin", {"pool_mode": "transaction"})


def test_the_usual_file_has_one_database() -> None:
    databases, _, _ = render(POOLER).partition("[pgbouncer]")
    assert databases.split("\n") == ["[databases]", "app = host=db port=5432 dbname=app", "", ""]


def test_each_mode_is_a_name_of_its_own_for_the_same_database() -> None:
    databases, _, _ = render(POOLER._replace(modes=("session", "statement"))).partition("[pgbouncer]")
    assert databases.split("\n")[1:4] == [
        "app = host=db port=5432 dbname=app",
        f"{in_mode('app', 'session')} = host=db port=5432 dbname=app pool_mode=session",
        f"{in_mode('app', 'statement')} = host=db port=5432 dbname=app pool_mode=statement",
    ]
