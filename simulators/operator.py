"""A simulated operator: the desk's HTTP API on one side, hands and eyes in the store on the other."""

from collections import Counter
from typing import Any

from simulators.shopper import local_client
from simulators.world_client import WorldClient

Json = dict[str, Any]

LOW = 4  # fill up a facing when fewer stand on it
FULL = 12


class Desk:
    """Raises httpx.HTTPStatusError when the desk refuses."""

    def __init__(self, admin_url: str, email: str, password: str) -> None:
        self._http = local_client(base_url=f"{admin_url}/api/v1")
        signed_in = self.ask("POST", "/sign-in", {"email": email, "password": password})
        self._http.headers["Authorization"] = f"Bearer {signed_in['token']}"

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = self._http.request(method, path, json=body).raise_for_status()
        return answer.json() if answer.content else None

    def stores(self) -> list[Json]:
        stores: list[Json] = self.ask("GET", "/stores")
        return stores

    def record_exit_test(self, store: str, door: str) -> None:
        note = {"passed": True, "note": "Griff von innen gedrückt, Tür geht auf"}
        self.ask("POST", f"/stores/{store}/doors/{door}/exit-tests", note)

    def facings(self, store: str) -> list[Json]:
        facings: list[Json] = self.ask("GET", f"/stores/{store}/facings")
        return facings

    def reviews(self) -> list[Json]:
        reviews: list[Json] = self.ask("GET", "/reviews")
        return reviews

    def fill_up(self, store: str, world: WorldClient) -> int:
        """Put goods on every facing that runs low, and book them; how many units. The store must be empty."""
        units = 0
        for facing in self.facings(store):
            missing = FULL - facing["on_hand"]
            if facing["on_hand"] < LOW:
                self.ask("POST", f"/facings/{facing['id']}/restocks", {"quantity": missing})
                world.stock(f"{facing['shelf']}/{facing['sku']}", missing)
                units += missing
        return units

    def decide(self, review: Json, left_with: Counter[str]) -> str:
        """Charge what really left, as a look at the shelves would show; returns the action."""
        visit = review["visit"]
        skus = {line["sku"] for line in visit["lines"]} | set(left_with)
        lines = [{"sku": sku, "quantity": left_with[sku]} for sku in sorted(skus)]
        action = "charge" if left_with else "release"
        decision: Json = {"action": action, "reason": "Regal und Belege nachgesehen"}
        if action == "charge":
            decision["lines"] = lines
        self.ask("POST", f"/reviews/{visit['id']}/resolve", decision)
        return action
