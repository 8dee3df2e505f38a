"""Whom a transaction wakes once it is committed: those who wait for one of its topics."""

from sqlmodel import Session

FEED = "feed"  # the other topics are the queues of jobs


def wake(tx: Session, topic: str) -> None:
    tx.info.setdefault("wakes", set()).add(topic)


def woken(tx: Session) -> set[str]:
    topics: set[str] = tx.info.get("wakes", set())
    return topics
