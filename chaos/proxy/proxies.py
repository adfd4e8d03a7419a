"""Proxies: all that there are, and what is done to them. Each act is done whole, or refused and not done."""

from collections.abc import Iterator
from contextlib import contextmanager

from chaos.proxy.applied import Applied
from chaos.proxy.documents import (
    NewProxy,
    NewToxic,
    ProxyChange,
    RefusedError,
    ToxicChange,
    address_of,
    refuse_doubles,
)
from chaos.proxy.proxy import Proxy


class Proxies:
    """Nothing here waits, so that no request can hang, whatever the connections do."""

    def __init__(self) -> None:
        self._proxies: dict[str, Proxy] = {}

    def all(self) -> dict[str, Proxy]:
        return dict(self._proxies)

    def named(self, name: str) -> Proxy:
        if name not in self._proxies:
            raise RefusedError(404, f"proxy not found: {name}")
        return self._proxies[name]

    def create(self, new: NewProxy) -> Proxy:
        if new.name in self._proxies:
            raise RefusedError(409, f"proxy already exists: {new.name}")
        proxy = new.made()
        with _listening(proxy):
            try:
                proxy.bind()
                if new.enabled:
                    proxy.enable()
            except OSError:
                proxy.close()
                raise
        self._proxies[proxy.name] = proxy
        return proxy

    def change(self, name: str, change: ProxyChange) -> Proxy:
        proxy = self.named(name)
        if change.name not in {None, name}:
            raise RefusedError(400, f"a proxy's name cannot be changed, and it is {name!r}: make another")
        listen = address_of("listen", change.listen) if change.listen is not None else proxy.listen
        upstream = address_of("upstream", change.upstream) if change.upstream is not None else proxy.upstream
        if change.enabled is False:
            proxy.disable()
        with _listening(proxy):
            proxy.move(listen, upstream)
            if change.enabled:
                proxy.enable()
        return proxy

    def delete(self, name: str) -> None:
        self.named(name).close()
        del self._proxies[name]

    def populate(self, wanted: list[NewProxy]) -> list[Proxy]:
        """Those that there are already as wanted stay, their connections too; others of the same name are replaced."""
        names = [new.name for new in wanted]
        if double := next((name for name in names if names.count(name) > 1), None):
            raise RefusedError(400, f"bad request body: two proxies are named {double}")
        made = [new.made() for new in wanted]  # refused before anything is done
        return [self._as_wanted(new, proxy) for new, proxy in zip(wanted, made, strict=True)]

    def _as_wanted(self, new: NewProxy, made: Proxy) -> Proxy:
        there = self._proxies.get(new.name)
        if there and there.listen == made.listen and there.upstream == made.upstream:
            if new.toxics is not None:
                there.feel(made.toxics)
            if not new.enabled:
                there.disable()
                return there
            with _listening(there):
                there.enable()
            return there
        if there:
            self.delete(new.name)
        return self.create(new)

    def reset(self) -> None:
        """No toxics anywhere, first of all; then every proxy enabled, and RefusedError names those that cannot be."""
        for proxy in self._proxies.values():
            proxy.feel([])
        failed = []
        for proxy in self._proxies.values():
            try:
                with _listening(proxy):
                    proxy.enable()
            except RefusedError as error:
                failed.append(error.message)
        if failed:
            raise RefusedError(409, "; ".join(failed))

    # -- toxics -------------------------------------------------------------------------------------------------

    def toxic(self, name: str, toxic: str) -> Applied:
        for applied in self.named(name).toxics:
            if applied.name == toxic:
                return applied
        raise RefusedError(404, f"toxic not found: {toxic}")

    def add(self, name: str, toxics: list[NewToxic]) -> list[Applied]:
        proxy = self.named(name)
        added = [toxic.applied() for toxic in toxics]
        whole = [*proxy.toxics, *added]
        refuse_doubles(whole)
        proxy.feel(whole)
        return added

    def change_toxic(self, name: str, toxic: str, change: ToxicChange) -> Applied:
        before = self.toxic(name, toxic)
        after = change.of(before)
        proxy = self.named(name)
        proxy.feel([after if one is before else one for one in proxy.toxics])
        return after

    def remove(self, name: str, toxic: str) -> None:
        gone = self.toxic(name, toxic)
        proxy = self.named(name)
        proxy.feel([one for one in proxy.toxics if one is not gone])


@contextmanager
def _listening(proxy: Proxy) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(409, f"{proxy.name} cannot listen as told: {error.strerror or error}") from error
