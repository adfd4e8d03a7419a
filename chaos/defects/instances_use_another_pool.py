"""The instances connect to another pool of PgBouncer than the one whose figures are watched."""

import dataclasses

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from starlette.applications import Starlette

from harness.defect import Defect, serving
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings

MODE = "transaction"


def spoilt_app(settings: Settings) -> Starlette:
    watched = conninfo_to_dict(settings.database.conninfo)["dbname"]
    other = make_conninfo(settings.database.conninfo, dbname=f"{watched}_{MODE}")
    return create_app(dataclasses.replace(settings, database=dataclasses.replace(settings.database, conninfo=other)))


def spoil(plan: StackPlan) -> StackPlan:
    return serving(spoilt_app)(msgspec.structs.replace(plan, pool_modes=(*plan.pool_modes, MODE)))


DEFECT = Defect(
    title="The instances use a pool that nobody watches", drill="pool-is-watched", caught_by="sampled pool", spoil=spoil
)
