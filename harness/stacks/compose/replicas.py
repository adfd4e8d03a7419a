"""Replicas of one service as services of their own: each gets an address, a name and a version like any other instance.

A container that is one of several of a service has none of these: Compose gives all of them the same.
"""

from typing import Any

import msgspec

from harness.stack import Role
from harness.stacks.compose.site import FileService, ProjectFile

ROOM = 3
"""So many more than the file says there may be, for those who scale up."""

SCALES = ("scale",)


def spread(file: ProjectFile) -> ProjectFile:
    """The same project with a service for each replica of an instance, and some that do not start by themselves."""
    services: dict[str, FileService] = {}
    for name, service in file.services.items():
        services[name] = service
        if service.role is not Role.APP or service.replicas == 1:
            continue
        for number in range(2, service.replicas + ROOM + 1):
            profiles = service.profiles if number <= service.replicas else SCALES
            services[f"{name}-replica-{number}"] = msgspec.structs.replace(service, like=name, profiles=profiles)
    return msgspec.structs.replace(file, services=services)


def of_one(service: FileService) -> dict[str, Any]:
    """What makes it a single container, in the words that the file used."""
    if service.replicas == 1:
        return {}
    return {"scale": 1} if service.scale is not None else {"deploy": {"replicas": 1}}
