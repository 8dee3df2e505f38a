"""The buyer's copy: one for each sale, behind a link nobody guesses."""

import pytest

from tests.api.rigs import Client, Shop, refusal
from tests.domain.world import COLA, MILK

VISITS = "/api/v1/visits"


def bought(shop: Shop, client: Client) -> str:
    visit_id = shop.let_in(client)
    for gtin in (COLA.gtin, MILK.gtin):
        client.post(f"{VISITS}/{visit_id}/scans", json={"gtin": gtin})
    client.post(f"{VISITS}/{visit_id}/pay")
    client.post(f"{VISITS}/{visit_id}/leave")
    shop.ends(visit_id)
    return visit_id


def test_there_is_no_receipt_before_the_sale(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    assert refusal(anna.get(f"{VISITS}/{visit_id}/receipt"), 404) == "receipt_not_ready"


def test_the_receipt_opens_without_signing_in_and_says_the_same_in_both_languages(
    shop: Shop, anna: Client, nobody: Client
) -> None:
    receipt = anna.get(f"{VISITS}/{bought(shop, anna)}/receipt").json()
    assert receipt["number"] == "WIT-000001"
    assert (receipt["total_cents"], receipt["status"]) == (99 + 25 + 129, "open")
    german, english = nobody.get(receipt["html_url"]), nobody.get(receipt["html_url"] + "?lang=en")
    assert german.headers["content-type"].startswith("text/html")
    assert "2,53" in german.text
    assert "2.53" in english.text
    assert '<html lang="en"' in english.text
    for page in (german, english):
        assert "WIT-000001" in page.text
        assert page.headers["cache-control"] == "private, no-store"
        assert page.headers["x-robots-tag"] == "noindex"
        assert page.headers["referrer-policy"] == "no-referrer"


def test_the_pdf_is_a_pdf(shop: Shop, anna: Client, nobody: Client) -> None:
    receipt = anna.get(f"{VISITS}/{bought(shop, anna)}/receipt").json()
    pdf = nobody.get(receipt["pdf_url"])
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == 'inline; filename="WIT-000001.pdf"'
    assert pdf.content.startswith(b"%PDF-")


def test_the_link_is_long_random_and_not_the_visit(shop: Shop, anna: Client, ben: Client) -> None:
    visit_id = bought(shop, anna)
    link = anna.get(f"{VISITS}/{visit_id}/receipt").json()["html_url"]
    token = link.removeprefix("/r/")
    assert len(token) >= 32  # 192 random bits
    assert visit_id not in link
    other = ben.get(f"{VISITS}/{bought(shop, ben)}/receipt").json()
    assert other["number"] == "WIT-000002"
    assert other["html_url"] != link
    for guess in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), visit_id, token.swapcase()):
        assert refusal(ben.get(f"/r/{guess}"), 404) == "not_found"
        assert refusal(ben.get(f"/r/{guess}.pdf"), 404) == "not_found"


@pytest.mark.parametrize(
    "path", ["/r/short", "/r/" + "x" * 65, "/r/..%2f..%2fetc", "/r/" + "x" * 30 + "?lang=fr"]
)
def test_a_link_that_cannot_be_one_is_refused(nobody: Client, path: str) -> None:
    assert refusal(nobody.get(path), 404 if "%2f" in path else 422) in ("invalid_input", "not_found")
