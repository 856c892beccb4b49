"""fastapi-users as its example has it, with sessions in SQLite and our Argon2id parameters."""

import os
import uuid

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, CookieTransport
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['DATABASE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)
hashes = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))


@event.listens_for(engine.sync_engine, "connect")
def write_ahead(connection, _record):
    connection.execute("PRAGMA journal_mode=WAL")


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = verification_token_secret = "k" * 32


async def database():
    async with sessions() as session:
        yield session


async def manager(session=Depends(database)):
    yield UserManager(SQLAlchemyUserDatabase(session, User), PasswordHelper(hashes))


def strategy(session=Depends(database)):
    tokens = SQLAlchemyAccessTokenDatabase(session, AccessToken)
    return DatabaseStrategy(tokens, lifetime_seconds=86400)


backend = AuthenticationBackend("session", CookieTransport(cookie_secure=False), strategy)
users = FastAPIUsers[User, uuid.UUID](manager, [backend])


class Read(schemas.BaseUser[uuid.UUID]):
    pass


class Create(schemas.BaseUserCreate):
    pass


async def prepare():
    """Makes the tables, once, before there are two workers."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


app = FastAPI()
app.include_router(users.get_auth_router(backend), prefix="/auth")
app.include_router(users.get_register_router(Read, Create), prefix="/auth")
app.include_router(users.get_users_router(Read, schemas.BaseUserUpdate), prefix="/users")
