"""The simulator's own surface under /_sim: fault plan, state, tampering; for tests on this machine only."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from simulators.stripe import charging
from simulators.stripe.errors import Obj, StripeError
from simulators.stripe.faults import BadPlan, FaultPlan
from simulators.stripe.webhooks import Courier
from simulators.stripe.world import World, public

HOLD_FIELDS = ("id", "amount", "amount_capturable", "currency", "customer", "created", "metadata")


class Admin:
    def __init__(self, world: World, plan: FaultPlan, courier: Courier) -> None:
        self._world = world
        self._plan = plan
        self._courier = courier
        self._routes = {
            ("POST", "faults"): self._add_faults,
            ("GET", "faults"): self._faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "state"): self._state,
            ("POST", "tamper"): self._tamper,
            ("POST", "expire_hold"): self._expire_hold,
        }

    def answer(self, method: str, name: str, body: bytes) -> Response:
        route = self._routes.get((method, name))
        if route is None:
            return JSONResponse({"error": f"no {method} /_sim/{name}"}, status_code=404)
        try:
            return JSONResponse(route(json.loads(body) if body else None))
        except (BadPlan, KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
        except StripeError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)

    def _add_faults(self, plan: Any) -> Obj:
        self._plan.add(plan)
        return self._plan.report()

    def _faults(self, _: Any) -> Obj:
        return self._plan.report()

    def _clear_faults(self, _: Any) -> Obj:
        self._plan.clear()
        return self._plan.report()

    def _state(self, _: Any) -> Obj:
        """Open holds and captured cents as the API would tell them, so tampering shows."""
        intents = self._world.shelf("payment_intent").values()
        captured = {one["id"]: one["amount_received"] for one in intents if one["amount_received"]}
        refunded: dict[str, int] = {}
        for refund in self._world.shelf("refund").values():
            refunded[refund["payment_intent"]] = refunded.get(refund["payment_intent"], 0) + refund["amount"]
        return {
            "open_holds": [
                {name: intent[name] for name in HOLD_FIELDS}
                for intent in intents
                if intent["status"] == "requires_capture"
            ],
            "captured": captured,
            "captured_total": sum(captured.values()),
            "refunded": refunded,
            "refunded_total": sum(refunded.values()),
            "payment_intents": len(intents),
            "webhooks": {
                "delivered": self._courier.delivered,
                "waiting": self._courier.waiting,
                "given_up": self._courier.given_up,
            },
        }

    def _tamper(self, request: Any) -> Obj:
        """Make Stripe's word differ from the money log: {payment_intent, amount_received_delta}."""
        intent = self._world.find("payment_intent", request["payment_intent"])
        delta = int(request["amount_received_delta"])
        intent["amount_received"] += delta
        if charge := self._world.shelf("charge").get(intent["latest_charge"] or ""):
            charge["amount_captured"] += delta
        return public(intent)

    def _expire_hold(self, request: Any) -> Obj:
        """Let a hold run out as it does at `capture_before`: {payment_intent}."""
        intent = self._world.find("payment_intent", request["payment_intent"])
        if intent["status"] != "requires_capture":
            raise ValueError(f"{intent['id']} holds nothing, it is {intent['status']}")
        self._world.emit("charge.expired", self._world.find("charge", intent["latest_charge"]))
        charging.release(self._world, intent, "automatic")
        return public(intent)
