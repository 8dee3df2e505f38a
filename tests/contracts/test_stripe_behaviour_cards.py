"""Customers, their metadata and their saved cards, as the shop relies on Stripe to keep them."""

from uuid import uuid4

import pytest
from stripe import CardError, Customer, InvalidRequestError, StripeClient

from tests.contracts.stripe_stand import Pay, metadata, refusal


def test_a_customer_is_read_back_as_created(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/customers/create"""
    again = stripe_client.v1.customers.retrieve(customer.id)
    assert (again.email, metadata(again), again.livemode) == (
        "erika@example.de",
        {"shop": "witzenhausen"},
        False,
    )


def test_updating_a_customer_leaves_the_rest_alone(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/customers/update"""
    changed = stripe_client.v1.customers.update(customer.id, {"name": "Erika"})
    assert (changed.name, changed.email) == ("Erika", "erika@example.de")


def test_metadata_is_merged_key_by_key(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/metadata"""
    changed = stripe_client.v1.customers.update(customer.id, {"metadata": {"door": "7"}})
    assert metadata(changed) == {"shop": "witzenhausen", "door": "7"}


def test_an_empty_value_removes_a_metadata_key(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/metadata"""
    assert metadata(stripe_client.v1.customers.update(customer.id, {"metadata": {"shop": ""}})) == {}


def test_an_empty_metadata_removes_all_keys(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/metadata"""
    assert metadata(stripe_client.v1.customers.update(customer.id, {"metadata": ""})) == {}


def test_a_metadata_value_has_at_most_500_characters(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/metadata"""
    with pytest.raises(InvalidRequestError, match="500 characters"):
        stripe_client.v1.customers.create({"metadata": {"note": "x" * 501}})


def test_a_deleted_customer_leaves_a_tombstone(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/customers/delete"""
    assert stripe_client.v1.customers.delete(customer.id).deleted is True
    assert getattr(stripe_client.v1.customers.retrieve(customer.id), "deleted", False) is True


def test_a_deleted_customer_cannot_pay(stripe_client: StripeClient, customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/api/customers/delete"""
    stripe_client.v1.customers.delete(customer.id)
    with pytest.raises(InvalidRequestError) as error:
        pay(customer=customer.id)
    assert (refusal(error)["code"], refusal(error)["param"]) == ("resource_missing", "customer")


def test_an_unknown_customer_is_a_404(stripe_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#resource-missing"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.customers.retrieve("cus_neverexisted")
    assert (error.value.http_status, refusal(error)["code"]) == (404, "resource_missing")


def test_customers_are_listed_by_email(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/customers/list"""
    email = f"{uuid4().hex}@example.de"
    made = stripe_client.v1.customers.create({"email": email})
    assert [one.id for one in stripe_client.v1.customers.list({"email": email}).data] == [made.id]


def test_a_test_card_name_becomes_a_card_of_its_own(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/testing#cards"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert saved.id.startswith("pm_")
    assert saved.id != "pm_card_visa"
    assert saved.card is not None
    assert (saved.customer, saved.card.brand, saved.card.last4) == (customer.id, "visa", "4242")


def test_saved_cards_are_listed_by_customer(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/payment_methods/customer_list"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert [one.id for one in stripe_client.v1.customers.payment_methods.list(customer.id).data] == [saved.id]
    listed = stripe_client.v1.payment_methods.list({"customer": customer.id, "type": "card"})
    assert [one.id for one in listed.data] == [saved.id]


def test_a_detached_card_belongs_to_nobody(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/payment_methods/detach"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert stripe_client.v1.payment_methods.detach(saved.id).customer is None
    assert stripe_client.v1.customers.payment_methods.list(customer.id).data == []


def test_a_detached_card_cannot_be_used_again(
    stripe_client: StripeClient, customer: Customer, pay: Pay
) -> None:
    """docs.stripe.com/api/payment_methods/detach"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    stripe_client.v1.payment_methods.detach(saved.id)
    with pytest.raises(InvalidRequestError, match="may not be used again"):
        pay(saved.id)


def test_a_card_cannot_be_detached_from_nobody(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/payment_methods/detach"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    stripe_client.v1.payment_methods.detach(saved.id)
    with pytest.raises(InvalidRequestError, match="not attached"):
        stripe_client.v1.payment_methods.detach(saved.id)


def test_a_declined_card_cannot_be_attached(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/testing#declined-payments"""
    with pytest.raises(CardError) as error:
        stripe_client.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert (error.value.http_status, refusal(error)["code"]) == (402, "card_declined")


def test_the_card_that_declines_after_attaching_can_be_saved(
    stripe_client: StripeClient, customer: Customer
) -> None:
    """docs.stripe.com/testing#declined-payments"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    assert saved.card is not None
    assert (saved.customer, saved.card.last4) == (customer.id, "0341")


def test_the_same_number_has_the_same_fingerprint(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/payment_methods/object"""
    cards = [
        stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}).card
        for _ in range(2)
    ]
    assert cards[0] is not None
    assert cards[1] is not None
    assert cards[0].fingerprint == cards[1].fingerprint


def test_an_unknown_card_is_a_404(stripe_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#resource-missing"""
    with pytest.raises(InvalidRequestError, match="No such PaymentMethod") as error:
        stripe_client.v1.payment_methods.retrieve("pm_neverexisted")
    assert error.value.http_status == 404
