"""A small shop in SQLite, made with the standard library: what `init` and `demo` have to move."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["CUSTOMERS", "ORDERS", "add_orders", "make_shop", "row_counts"]

CUSTOMERS = 200
ORDERS = 5_000
OPENED = datetime(2025, 1, 1, 9)
TABLES = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT, since DATE
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, item TEXT NOT NULL,
    amount DECIMAL(10,2) NOT NULL, ordered_at TIMESTAMP NOT NULL
);
CREATE INDEX orders_by_time ON orders (ordered_at);
"""
NAMES = ("Asta", "Bo", "Dagny", "Ellen", "Frode", "Gro", "Hedda", "Ivar", "Karl", "Liv", "Mads", "Sif")
TOWNS = ("Aarhus", "Bergen", "Odense", "Ribe", "Tromsø", "Uppsala", None)
ITEMS = ("beeswax candle", "wool blanket", "teapot", "cardamom bun", "board game", "lambswool socks")


def make_shop(path: Path) -> None:
    """Make the database, always with the same rows; the file must not be there yet."""
    chance = random.Random(1)
    customers = [
        (number, f"{chance.choice(NAMES)} {number}", chance.choice(TOWNS), _day(number))
        for number in range(1, CUSTOMERS + 1)
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(TABLES)
        database.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", customers)
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", _orders(1, ORDERS))


def add_orders(path: Path, number: int) -> None:
    """Let more orders come in, later than all that are there."""
    with closing(sqlite3.connect(path)) as database, database:
        ((last,),) = database.execute("SELECT max(id) FROM orders")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", _orders(last + 1, number))


def row_counts(path: Path) -> dict[str, int]:
    """How many rows each table of the shop has."""
    with closing(sqlite3.connect(path)) as database:
        return {
            "customers": database.execute("SELECT count(*) FROM customers").fetchone()[0],
            "orders": database.execute("SELECT count(*) FROM orders").fetchone()[0],
        }


def _orders(first: int, number: int) -> Iterator[tuple[int, int, str, str, str]]:
    chance = random.Random(first)
    for id_ in range(first, first + number):
        amount = f"{chance.randint(2, 300)}.{chance.randint(0, 99):02}"
        moment = OPENED + timedelta(minutes=7 * id_)
        customer = chance.randint(1, CUSTOMERS)
        yield id_, customer, chance.choice(ITEMS), amount, moment.isoformat(" ", "seconds")


def _day(number: int) -> str:
    return (OPENED - timedelta(days=number)).date().isoformat()
