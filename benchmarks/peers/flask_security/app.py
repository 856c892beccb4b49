"""Flask-Security-Too as its quick start has it, on SQLite, with our Argon2id parameters."""

import os

from flask import Flask
from flask_security import (
    Security,
    SQLAlchemyUserDatastore,
    auth_required,
    current_user,
)
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

app = Flask(__name__)
app.config.update(
    SECRET_KEY="k" * 32,
    SECURITY_PASSWORD_SALT="s" * 32,
    SECURITY_PASSWORD_HASH="argon2",
    SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
        "argon2__memory_cost": 19456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    SECURITY_REGISTERABLE=True,
    SECURITY_SEND_REGISTER_EMAIL=False,
    SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    SECURITY_PASSWORD_LENGTH_MIN=15,
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{os.environ['DATABASE']}",
    WTF_CSRF_ENABLED=False,
)
database = SQLAlchemy(app)
fsqla.FsModels.set_db_info(database)


@event.listens_for(Engine, "connect")
def write_ahead(connection, _record):
    connection.execute("PRAGMA journal_mode=WAL")


class Role(database.Model, fsqla.FsRoleMixin):
    pass


class User(database.Model, fsqla.FsUserMixin):
    pass


Security(app, SQLAlchemyUserDatastore(database, User, Role))
with app.app_context():
    database.create_all()


@app.get("/me")
@auth_required("session")
def me():
    return {"id": current_user.fs_uniquifier, "email": current_user.email}
