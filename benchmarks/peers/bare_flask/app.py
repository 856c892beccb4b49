"""A Flask app that does nothing, or nothing but one hash: the least that a flow can cost."""

from argon2 import PasswordHasher, Type
from flask import Flask

app = Flask(__name__)
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)


@app.get("/")
def nothing():
    return {"status": "ok"}


@app.post("/hash")
def one_hash():
    return {"hash": hasher.hash("violet tractor sings")}
