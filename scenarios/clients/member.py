"""Member: a user with an account, logged in before its first task: the base of scenarios that want to be let in."""

from scenarios.clients.accounts import log_in, logged_in
from scenarios.clients.open_user import OpenUser


class Member(OpenUser):
    abstract = True

    def on_start(self) -> None:
        self.account = log_in(self.client)

    def headers(self) -> dict[str, str]:
        self.account = logged_in(self.client, self.account)
        return {"Authorization": f"Bearer {self.account.token}"}
