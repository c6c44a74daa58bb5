"""The database of studies: a SQLite file or a PostgreSQL database, which several processes use at once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqexp.config.composed.destinations import STUDIES_KEY
from seqexp.config.output.secrets import masked_address
from seqexp.tracking.run_folder import checkpoints_folder
from seqexp.tracking.store.locks import database_lock
from seqexp.tracking.store.schema import refuse_other_things
from seqexp.tracking.store.uris import (
    Location,
    first_line,
    locate_database,
    sqlite_path,
    sqlite_uri,
)

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

DEFAULT_STUDIES_FILE = "studies.db"
_PATIENCE_SECONDS = 60  # that another process may take for its write


@dataclass(frozen=True)
class StudyStorage:
    """The database of studies at an address."""

    location: Location

    @property
    def shown(self) -> str:
        """The database without its password, for messages and tags."""
        return masked_address(self.location.uri)

    @property
    def exists(self) -> bool:
        """Whether the database may hold studies: not where its SQLite file does not exist."""
        path = sqlite_path(self.location.uri)
        return path is None or path.exists()

    def open(self) -> RDBStorage:
        """Open the database, and create Optuna's tables where there are none.

        Raises:
            InputError: The database refuses the connection or holds other things, or another release of Optuna has made
            its tables.
        """
        import optuna
        from sqlalchemy import NullPool
        from sqlalchemy.exc import SQLAlchemyError

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        path = sqlite_path(self.location.uri)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        # A trial takes minutes: no connection is kept open meanwhile.
        settings: dict[str, Any] = {"poolclass": NullPool}
        if path is not None:
            settings["connect_args"] = {"timeout": _PATIENCE_SECONDS}
        try:
            with self.exclusive():
                if self.exists:
                    refuse_other_things(self.location, "studies")
                return optuna.storages.RDBStorage(self.location.uri, engine_kwargs=settings)
        except (SQLAlchemyError, optuna.exceptions.StorageInternalError, RuntimeError, OSError) as error:
            cause = error.__cause__ or error
            raise self.location.fault(f"can't be used: {first_line(cause).strip()}") from error

    def exclusive(self) -> AbstractContextManager[None]:
        """Lock the database for a block: no other process is in such a block at the same time.

        Raises:
            NothingAnswers: Another process has had the lock for a minute.
        """
        return database_lock(self.location, "studies")


def locate_studies(given: str | None, tracking_uri: str | None, folder: Path) -> StudyStorage:
    """Return the database of studies: the one in the settings, else a file beside the MLflow store.

    Raises:
        InputError: It is no such database.
    """
    if given is not None:
        return StudyStorage(locate_database(given, STUDIES_KEY, folder))
    beside = checkpoints_folder(tracking_uri, None, folder).parent
    return StudyStorage(Location(sqlite_uri(beside / DEFAULT_STUDIES_FILE), key=STUDIES_KEY))
