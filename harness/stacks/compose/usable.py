"""Which compose files the harness can bring up, and what it wants of them."""

from harness.errors import StackError
from harness.stack import Role
from harness.stacks.compose.members import PORT, ROLE
from harness.stacks.compose.site import FileService, ProjectFile

LONE = (Role.LB, Role.POOL, Role.DB, Role.CACHE)
SEE = "see docs/compose.md"


def refuse_unusable(file: ProjectFile) -> None:
    """Raises StackError that says what is wrong with a project's file, before anything is made."""
    for role in (Role.LB, Role.APP):
        if not file.of(role):
            raise StackError(f"the compose file labels no service {ROLE}={role}", f"label one: {SEE}")
    for role in LONE:
        if len(found := file.of(role)) > 1:
            raise StackError(
                f"the compose file labels {len(found)} services {ROLE}={role} ({', '.join(found)}), and one is wanted",
                "take the label from the others, or put them into a profile",
            )
    if file.of(Role.POOL) and not file.of(Role.DB):
        raise StackError(f"the compose file labels a service {ROLE}=pool and none {ROLE}=db", f"label one: {SEE}")
    for name, service in file.services.items():
        _refuse_unusable_service(file, name, service)
    for kind, resources in (("network", file.networks), ("volume", file.volumes)):
        for name, resource in resources.items():
            if resource.external:
                raise StackError(
                    f"the {kind} {name} of the compose file is external: drills would harm what else uses it",
                    "declare one of its own, or bring the project up yourself and run with `--stack compose:PROJECT`",
                )


def _refuse_unusable_service(file: ProjectFile, name: str, service: FileService) -> None:
    label = service.labels.get(ROLE)
    if label is not None and service.role is None:
        raise StackError(f"the service {name} has the role {label!r}, which there is not", f"use {', '.join(Role)}")
    if not service.profiles and not service.image:
        # Compose would call it by the project, which is another one in each run.
        raise StackError(f"the service {name} has no name for its image", "give it `image:` beside its `build:`")
    if service.role is None:
        return
    if not (service.labels.get(PORT) or "1").isdigit():
        raise StackError(
            f"the service {name} has the label {PORT}={service.labels[PORT]}", "it wants the number of a port"
        )
    if not service.networks:
        raise StackError(
            f"the service {name} is on no network of the project (network_mode: {service.network_mode or 'none'})",
            "put it on one: the harness asks containers at their own addresses",
        )
    if service.role is not Role.APP:
        if service.replicas > 1:
            raise StackError(
                f"the service {name} has {service.replicas} replicas", f"only a service labelled {ROLE}=app may"
            )
        return
    wanted = {"DATABASE_URL": (Role.DB, Role.POOL), "REDIS_URL": (Role.CACHE,)}
    for variable, roles in wanted.items():
        if any(file.of(role) for role in roles) and not service.environment.get(variable):
            raise StackError(
                f"the service {name} has no {variable} in its environment",
                "set it: the harness reads there how it is reached",
            )
