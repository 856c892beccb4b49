"""A Flask app that does nothing: what any Flask app costs."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing():
    return {"status": "ok"}
