"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=True),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbox_source_external_id")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("vat_id", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("slug", name=op.f("uq_operator_slug")),
    )
    op.create_table(
        "customer",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("blocked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_customer_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("operator_id", "email", name=op.f("uq_customer_operator_id_email")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "product",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("sku", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name_de", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("vat_class", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("deposit_cents", sa.Integer(), nullable=False),
        sa.Column("net_content", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("unit_weight_g", sa.Float(), nullable=False),
        sa.Column("unit_sd_g", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_product_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("operator_id", "sku", name=op.f("uq_product_operator_id_sku")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "signincode",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_signincode_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signincode")),
    )
    with op.batch_alter_table("signincode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signincode_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_signincode_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_staff_operator_id_operator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "store",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("checkout_mode", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("walk_out_decision", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("hold_cents", sa.Integer(), nullable=False),
        sa.Column("max_inside", sa.Integer(), nullable=False),
        sa.Column("last_receipt_number", sa.Integer(), nullable=False),
        sa.Column("hold_timeout_s", sa.Float(), nullable=False),
        sa.Column("authentication_timeout_s", sa.Float(), nullable=False),
        sa.Column("quiet_s", sa.Float(), nullable=False),
        sa.Column("stuck_after_s", sa.Float(), nullable=False),
        sa.Column("visit_limit_s", sa.Float(), nullable=False),
        sa.Column("settling_timeout_s", sa.Float(), nullable=False),
        sa.Column("payment_due_s", sa.Float(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_store_operator_id_operator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("slug", name=op.f("uq_store_slug")),
    )
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_store_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "audit",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_audit_operator_id_operator")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_audit_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "door",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("exit_tested_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("exit_test_passed", sa.Boolean(), nullable=False),
        sa.Column("exit_tested_by", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("moved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("egress_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_door_operator_id_operator")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_door_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door")),
        sa.CheckConstraint("code = upper(code)", name=op.f("ck_door_upper_code")),
        sa.UniqueConstraint("code", name=op.f("uq_door_code")),
        sa.UniqueConstraint("store_id", "name", name=op.f("uq_door_store_id_name")),
    )
    with op.batch_alter_table("door", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_store_id"), ["store_id"], unique=False)

    op.create_table(
        "feed",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_feed_operator_id_operator")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_feed_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("queue", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("not_before", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("lease_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_job_operator_id_operator")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_job_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_due", ["queue", "status", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject"), ["subject"], unique=False)

    op.create_table(
        "paymentmethod",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("return_path", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("setup_session", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=True),
        sa.Column("setup_url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=True),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("brand", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("last4", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=True),
        sa.Column("exp_month", sa.Integer(), nullable=True),
        sa.Column("exp_year", sa.Integer(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_paymentmethod_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_paymentmethod_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paymentmethod")),
    )
    with op.batch_alter_table("paymentmethod", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paymentmethod_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paymentmethod_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paymentmethod_setup_session"), ["setup_session"], unique=False)

    op.create_table(
        "price",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_price_operator_id_operator")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_product_id_product")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_price_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_price_product_id"), ["product_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_price_store_id"), ["store_id"], unique=False)

    op.create_table(
        "productgtin",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("gtin", sqlmodel.sql.sqltypes.AutoString(length=14), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_productgtin_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_productgtin_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_productgtin")),
        sa.UniqueConstraint("operator_id", "gtin", name=op.f("uq_productgtin_operator_id_gtin")),
    )
    with op.batch_alter_table("productgtin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_productgtin_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "signin",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("staff_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_signin_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_signin_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_signin_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signin_token_hash")),
    )
    with op.batch_alter_table("signin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signin_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "device",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("door_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("birth", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("egress", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["door_id"], ["door.id"], name=op.f("fk_device_door_id_door")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_device_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_device_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_device_store_id"), ["store_id"], unique=False)

    op.create_table(
        "visit",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("door_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("payment_method_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("hold_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("checkout_mode", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("deposit_cents", sa.Integer(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("unclear", sa.Integer(), nullable=False),
        sa.Column("paid_cents", sa.Integer(), nullable=False),
        sa.Column("waived_cents", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ordered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("unlocked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("entered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("exit_seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("settled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_visit_customer_id_customer")),
        sa.ForeignKeyConstraint(["door_id"], ["door.id"], name=op.f("fk_visit_door_id_door")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_visit_operator_id_operator")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["paymentmethod.id"], name=op.f("fk_visit_payment_method_id_paymentmethod")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_visit_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_door_id"), ["door_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_store_id"), ["store_id"], unique=False)

    op.create_table(
        "basketline",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("sku", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name_de", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("unit_price_cents", sa.Integer(), nullable=False),
        sa.Column("unit_deposit_cents", sa.Integer(), nullable=False),
        sa.Column("vat_rate_bp", sa.Integer(), nullable=False),
        sa.Column("weighed", sa.Boolean(), nullable=False),
        sa.Column("sensed", sa.Integer(), nullable=False),
        sa.Column("scanned", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_basketline_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_basketline_product_id_product")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_basketline_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_basketline_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basketline")),
        sa.UniqueConstraint("visit_id", "product_id", name=op.f("uq_basketline_visit_id_product_id")),
    )
    with op.batch_alter_table("basketline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_basketline_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_basketline_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_basketline_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "ledgerentry",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("vat_rate_bp", sa.Integer(), nullable=True),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_ledgerentry_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_ledgerentry_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_ledgerentry_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledgerentry")),
    )
    with op.batch_alter_table("ledgerentry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledgerentry_booking"), ["booking"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledgerentry_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledgerentry_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledgerentry_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("captured_cents", sa.Integer(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("action_url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=True),
        sa.Column("decline_code", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
        sa.Column("capture_before", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_payment_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_payment_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_payment_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("issued_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_receipt_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_receipt_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_receipt_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("store_id", "number", name=op.f("uq_receipt_store_id_number")),
        sa.UniqueConstraint("token", name=op.f("uq_receipt_token")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_receipt_visit_id")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_store_id"), ["store_id"], unique=False)

    op.create_table(
        "shelf",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_shelf_device_id_device")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_shelf_operator_id_operator")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shelf_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf")),
        sa.UniqueConstraint("store_id", "name", name=op.f("uq_shelf_store_id_name")),
    )
    with op.batch_alter_table("shelf", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shelf_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shelf_store_id"), ["store_id"], unique=False)

    op.create_table(
        "facing",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("shelf_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("restocked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_facing_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_facing_product_id_product")),
        sa.ForeignKeyConstraint(["shelf_id"], ["shelf.id"], name=op.f("fk_facing_shelf_id_shelf")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_facing_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facing")),
    )
    with op.batch_alter_table("facing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facing_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facing_product_id"), ["product_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facing_shelf_id"), ["shelf_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facing_store_id"), ["store_id"], unique=False)

    op.create_table(
        "incident",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("severity", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("facing_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_incident_device_id_device")),
        sa.ForeignKeyConstraint(["facing_id"], ["facing.id"], name=op.f("fk_incident_facing_id_facing")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_incident_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_incident_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_incident_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_facing_id"), ["facing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "plate",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("shelf_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("facing_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("last_grams", sa.Integer(), nullable=True),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["facing_id"], ["facing.id"], name=op.f("fk_plate_facing_id_facing")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_plate_operator_id_operator")),
        sa.ForeignKeyConstraint(["shelf_id"], ["shelf.id"], name=op.f("fk_plate_shelf_id_shelf")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_plate_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
        sa.UniqueConstraint("shelf_id", "number", name=op.f("uq_plate_shelf_id_number")),
    )
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plate_facing_id"), ["facing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plate_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plate_store_id"), ["store_id"], unique=False)

    op.create_table(
        "stockmovement",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("facing_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["facing_id"], ["facing.id"], name=op.f("fk_stockmovement_facing_id_facing")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_stockmovement_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_stockmovement_product_id_product")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_stockmovement_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_stockmovement_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stockmovement")),
    )
    with op.batch_alter_table("stockmovement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stockmovement_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stockmovement_product_id"), ["product_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stockmovement_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stockmovement_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("stockmovement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stockmovement_visit_id"))
        batch_op.drop_index(batch_op.f("ix_stockmovement_store_id"))
        batch_op.drop_index(batch_op.f("ix_stockmovement_product_id"))
        batch_op.drop_index(batch_op.f("ix_stockmovement_operator_id"))

    op.drop_table("stockmovement")
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plate_store_id"))
        batch_op.drop_index(batch_op.f("ix_plate_operator_id"))
        batch_op.drop_index(batch_op.f("ix_plate_facing_id"))

    op.drop_table("plate")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_visit_id"))
        batch_op.drop_index(batch_op.f("ix_incident_store_id"))
        batch_op.drop_index(batch_op.f("ix_incident_operator_id"))
        batch_op.drop_index(batch_op.f("ix_incident_facing_id"))

    op.drop_table("incident")
    with op.batch_alter_table("facing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_facing_store_id"))
        batch_op.drop_index(batch_op.f("ix_facing_shelf_id"))
        batch_op.drop_index(batch_op.f("ix_facing_product_id"))
        batch_op.drop_index(batch_op.f("ix_facing_operator_id"))

    op.drop_table("facing")
    with op.batch_alter_table("shelf", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shelf_store_id"))
        batch_op.drop_index(batch_op.f("ix_shelf_operator_id"))

    op.drop_table("shelf")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_store_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_operator_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_visit_id"))
        batch_op.drop_index(batch_op.f("ix_payment_store_id"))
        batch_op.drop_index(batch_op.f("ix_payment_provider_id"))
        batch_op.drop_index(batch_op.f("ix_payment_operator_id"))

    op.drop_table("payment")
    with op.batch_alter_table("ledgerentry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledgerentry_visit_id"))
        batch_op.drop_index(batch_op.f("ix_ledgerentry_store_id"))
        batch_op.drop_index(batch_op.f("ix_ledgerentry_operator_id"))
        batch_op.drop_index(batch_op.f("ix_ledgerentry_booking"))

    op.drop_table("ledgerentry")
    with op.batch_alter_table("basketline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_basketline_visit_id"))
        batch_op.drop_index(batch_op.f("ix_basketline_store_id"))
        batch_op.drop_index(batch_op.f("ix_basketline_operator_id"))

    op.drop_table("basketline")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_store_id"))
        batch_op.drop_index(batch_op.f("ix_visit_state"))
        batch_op.drop_index(batch_op.f("ix_visit_operator_id"))
        batch_op.drop_index(batch_op.f("ix_visit_door_id"))
        batch_op.drop_index(batch_op.f("ix_visit_customer_id"))

    op.drop_table("visit")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_store_id"))
        batch_op.drop_index(batch_op.f("ix_device_operator_id"))

    op.drop_table("device")
    with op.batch_alter_table("signin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signin_operator_id"))

    op.drop_table("signin")
    with op.batch_alter_table("productgtin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_productgtin_operator_id"))

    op.drop_table("productgtin")
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_price_store_id"))
        batch_op.drop_index(batch_op.f("ix_price_product_id"))
        batch_op.drop_index(batch_op.f("ix_price_operator_id"))

    op.drop_table("price")
    with op.batch_alter_table("paymentmethod", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paymentmethod_setup_session"))
        batch_op.drop_index(batch_op.f("ix_paymentmethod_operator_id"))
        batch_op.drop_index(batch_op.f("ix_paymentmethod_customer_id"))

    op.drop_table("paymentmethod")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_subject"))
        batch_op.drop_index("ix_job_due")

    op.drop_table("job")
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_visit_id"))
        batch_op.drop_index(batch_op.f("ix_feed_store_id"))
        batch_op.drop_index(batch_op.f("ix_feed_operator_id"))

    op.drop_table("feed")
    with op.batch_alter_table("door", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_store_id"))
        batch_op.drop_index(batch_op.f("ix_door_operator_id"))

    op.drop_table("door")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_operator_id"))

    op.drop_table("audit")
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_store_operator_id"))

    op.drop_table("store")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_operator_id"))

    op.drop_table("staff")
    with op.batch_alter_table("signincode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signincode_operator_id"))
        batch_op.drop_index(batch_op.f("ix_signincode_email"))

    op.drop_table("signincode")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_operator_id"))

    op.drop_table("product")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_operator_id"))

    op.drop_table("customer")
    op.drop_table("operator")
    op.drop_table("inbox")
