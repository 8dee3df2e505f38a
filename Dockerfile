# What the locks name and nothing else, built once; then the service, and the same with Mosquitto for the broker.
# Python, Debian and with it Mosquitto in the versions our tests run on.
FROM python:3.11.15-slim-bookworm AS build
WORKDIR /build
COPY bootstrap.py pyproject.toml requirements.lock README.md LICENSE ./
COPY package.json package-lock.json .npmrc vite.config.ts tsconfig.json ./
COPY shop shop
COPY admin admin
COPY devices devices
COPY simulators simulators
# the locked tools, and with them the two pages
RUN python bootstrap.py
# the constraints carry the hashes; the tools of the dev group stay behind
RUN python -m venv --without-pip /opt/shop \
    && .venv/bin/uv pip install --python /opt/shop --compile-bytecode --require-hashes \
        -r pyproject.toml -c requirements.lock \
    && .venv/bin/python -m hatchling build -t wheel \
    && .venv/bin/uv pip install --python /opt/shop --compile-bytecode --no-deps dist/*.whl

FROM python:3.11.15-slim-bookworm AS service
# pg_dump and pg_restore for `shop backup` and `shop restore`, of the server's major version
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --uid 10001 --no-create-home shop \
    && install -d -o shop -g shop -m 700 /var/lib/shop
COPY --from=build /opt/shop /opt/shop
ENV PATH=/opt/shop/bin:$PATH PYTHONUNBUFFERED=1 SHOP_DATA_DIR=/var/lib/shop
WORKDIR /var/lib/shop
USER shop

FROM service AS broker
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends mosquitto \
    && rm -rf /var/lib/apt/lists/*
USER shop
