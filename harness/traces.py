"""What faults leave inside a container, known by its looks alone: undoing it needs no memory of what was done."""

FILLER = "the-harness-fills-this-disk"
"""The file that fills a disk."""

REMOVE_FILLERS = f"""
while read -r _ path kind _; do
  if [ "$kind" = tmpfs ] && [ -e "$path/{FILLER}" ]; then rm -f "$path/{FILLER}" && echo "$path"; fi
done < /proc/mounts
"""
"""For a shell: prints where there was one."""

RESOLVER = "/etc/resolv.conf"
KEPT = "#harness# "
"""Before each line of the resolver's own configuration."""

NOTE = f"{KEPT}is before what was here: the resolver of this container was taken away, and comes back with the heal"

WRITE_RESOLVER = f"""
mount -o remount,bind,rw {RESOLVER} 2>/dev/null
printf %s "$1" > {RESOLVER} || exit 1
if grep -Eq '^[^ ]+ / [^ ]+ ro(,|[ ])' /proc/mounts; then mount -o remount,bind,ro {RESOLVER}; fi
"""
"""For a privileged shell, with the file's text. Docker mounts it by itself, as read-only as the root's file system."""


def resolver_taken(own: str, address: str) -> str:
    """The configuration with a resolver at `address`, and what it was as comments."""
    kept = "".join(f"{KEPT}{line}\n" for line in own.splitlines())
    return f"{NOTE}\n{kept}nameserver {address}\n"


def is_resolver_taken(found: str) -> bool:
    return NOTE in found.splitlines()


def resolver_given_back(found: str) -> str:
    """What it was before it was taken."""
    lines = (line for line in found.splitlines() if line.startswith(KEPT) and line != NOTE)
    return "".join(f"{line.removeprefix(KEPT)}\n" for line in lines)
