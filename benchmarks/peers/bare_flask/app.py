"""A Flask app that does nothing, or nothing but one hash, or that and bare calls of the database.

The least that a flow can cost.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

from argon2 import PasswordHasher, Type
from flask import Flask

from benchmarks import bare

TABLE = "bare"
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/aws4_request"

app = Flask(__name__)
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)


@app.get("/")
def nothing():
    return {"status": "ok"}


@app.post("/hash")
def one_hash():
    return {"hash": hasher.hash("violet tractor sings")}


@app.post("/hash/<client>/<int:calls>")
def one_hash_and_calls(client: str, calls: int):
    put = CLIENTS[client]()
    for _ in range(calls // 2):
        put()
    hashed = hasher.hash("violet tractor sings")
    for _ in range(calls - calls // 2):
        put()
    return {"hash": hashed}


@cache
def plain() -> Callable[[], object]:
    """The standard library's client, which signs nothing and keeps nothing of the answer."""
    connection = HTTPConnection(urlsplit(os.environ["DYNAMODB_ENDPOINT_URL"]).netloc)
    body = json.dumps({"TableName": TABLE, "Item": bare.ITEM}).encode()
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
        "Authorization": AUTHORIZATION,
    }

    def put() -> None:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(told)

    return put


@cache
def with_boto3() -> Callable[[], object]:
    client = bare.client(os.environ["DYNAMODB_ENDPOINT_URL"])
    return lambda: client.put_item(TableName=TABLE, Item=bare.ITEM)


CLIENTS = {"plain": plain, "boto3": with_boto3}


def prepare() -> None:
    bare.make_table(bare.client(os.environ["DYNAMODB_ENDPOINT_URL"]), TABLE)
