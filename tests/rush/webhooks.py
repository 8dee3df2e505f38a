"""Stripe's webhooks as on a bad day: each one to three times, in any order, at either API process."""

import asyncio
import hmac
import json
import random
import time
from collections import Counter
from typing import Any

import httpx

from tests.rush.house import STRIPE_KEY, WEBHOOK_SECRET, House

MOST_TIMES = 3
EVERY_S = 0.5


async def deliver(house: House, ended: asyncio.Event, dice: random.Random) -> Counter[str]:
    """Until the visits are over and everything has been told; how often what was answered."""
    told: Counter[str] = Counter()
    newest: str | None = None
    headers = {"Authorization": f"Bearer {STRIPE_KEY}"}
    async with (
        httpx.AsyncClient(base_url=house.stripe_url, headers=headers, trust_env=False) as stripe,
        httpx.AsyncClient(timeout=60, trust_env=False) as shop,
    ):
        while True:
            last_time = ended.is_set()
            events = await _since(stripe, newest)
            newest = events[0]["id"] if events else newest
            deliveries = [event for event in events for _ in range(dice.randint(1, MOST_TIMES))]
            dice.shuffle(deliveries)
            for number, event in enumerate(deliveries):
                answer = await _tell(shop, house.ports[number % len(house.ports)], event)
                told[f"webhook {answer}"] += 1
            if last_time and not events:
                return told
            if not events:
                await asyncio.sleep(EVERY_S)


async def _since(stripe: httpx.AsyncClient, newest: str | None) -> list[dict[str, Any]]:
    """The next hundred, newest first."""
    asked = {"limit": "100"} | ({"ending_before": newest} if newest else {})
    answer = await stripe.get("/v1/events", params=asked)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
    return found


async def _tell(shop: httpx.AsyncClient, port: int, event: dict[str, Any]) -> int:
    """Signed as docs.stripe.com/webhooks has it."""
    payload = json.dumps(event).encode()
    moment = str(int(time.time()))
    mac = hmac.digest(WEBHOOK_SECRET.encode(), moment.encode() + b"." + payload, "sha256").hex()
    headers = {"Stripe-Signature": f"t={moment},v1={mac}"}
    url = f"http://127.0.0.1:{port}/api/v1/webhooks/stripe"
    try:
        answer = await shop.post(url, content=payload, headers=headers)
    except httpx.ReadError:  # hung up just then, for it had been idle for long; Stripe tries again, too
        answer = await shop.post(url, content=payload, headers=headers)
    return answer.status_code
