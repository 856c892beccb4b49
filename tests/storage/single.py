from backend.storage.database import Database
from backend.storage.writes import Delete, Put, Update, Write


def carry_out(database: Database, write: Write) -> None:
    """The write by itself, outside any transaction."""
    match write:
        case Put():
            database.put(write)
        case Update():
            database.update(write)
        case Delete():
            database.delete(write)
