"""The endpoints of events and webhook endpoints. Source: docs.stripe.com/api/events."""

from fnmatch import fnmatchcase

from simulators.stripe import views
from simulators.stripe.errors import Obj, before_work, no_such
from simulators.stripe.world import Call, World, store


def retrieve(world: World, call: Call) -> Obj:
    event = world.events.get(call.id)
    if event is None:
        raise no_such("event", call.id, param="id", status=404)
    return event.render()


def list_all(world: World, call: Call) -> Obj:
    params = call.params
    if "type" in params and "types" in params:
        raise before_work("You may pass either `type` or `types`, but not both.", param="type")
    patterns = [params["type"]] if "type" in params else params.get("types", ["*"])
    wanted: list[Obj] = [
        {"id": event.id, "created": event.created}
        for event in reversed(world.events.values())
        if any(fnmatchcase(event.type, pattern) for pattern in patterns)
        and params.get("delivery_success", not event.pending) is (not event.pending)
    ]
    result = views.page(wanted, "/v1/events", params)
    result["data"] = [world.events[row["id"]].render() for row in result["data"]]
    return result


def add_endpoint(world: World, url: str, secret: str, events: list[str]) -> Obj:
    return world.add(
        {
            "id": world.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": None,
            "application": None,
            "created": world.now(),
            "description": None,
            "enabled_events": events,
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
            "_secret": secret,
        }
    )


def create_endpoint(world: World, call: Call) -> Obj:
    """The only answer that shows the signing secret. Source: docs.stripe.com/api/webhook_endpoints/create."""
    url = call.params["url"]
    if not url.startswith(("http://", "https://")):
        raise before_work("Invalid URL: URL must be publicly accessible.", code="url_invalid", param="url")
    endpoint = add_endpoint(world, url, world.new_id("whsec", 32), call.params["enabled_events"])
    store(endpoint, call.params, ("description",))
    return endpoint | {"secret": endpoint["_secret"]}


def retrieve_endpoint(world: World, call: Call) -> Obj:
    return world.find("webhook_endpoint", call.id)


def list_endpoints(world: World, call: Call) -> Obj:
    return views.listing(world, world.those("webhook_endpoint"), "/v1/webhook_endpoints", call.params)


def delete_endpoint(world: World, call: Call) -> Obj:
    world.find("webhook_endpoint", call.id)
    del world.shelf("webhook_endpoint")[call.id]
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}
