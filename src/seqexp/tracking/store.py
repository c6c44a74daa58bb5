"""The MLflow store: opened to record runs, found to read them, and never through MLflow's global state."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from seqexp.config.errors import Fault, InputError
from seqexp.config.output.secrets import masked_address
from seqexp.tracking.compat_mlflow import fault_of_schema, hush_database_errors
from seqexp.tracking.sqlite_file import check_columns, check_recordable, create_store, holds_store
from seqexp.tracking.uris import (
    Location,
    NothingAnswers,
    check_answers,
    first_line,
    is_server,
    locate,
    short_reason,
    sqlite_path,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.store.entities import PagedList

ARTIFACT_FOLDER = "mlartifacts"

_PAGE = 1000
_ASK_AGAIN_SECONDS = 2.0
_TRIES = 3  # to create what other processes may create at the same time
ACTIVE = 1  # MLflow's ViewType.ACTIVE_ONLY; mlflow is imported late


T = TypeVar("T")


class TrackingError(Exception):
    """The MLflow store failed while something was recorded or read. The message names the store."""


class RunMissing(TrackingError):
    """The store answers, and has no such run."""


@dataclass(frozen=True)
class Store:
    """An MLflow store that has answered once.

    Attributes:
        uri: The absolute URI, such as sqlite:////home/me/study/mlflow.db. It may hold a password: see `shown`.
        artifact_root: The absolute file URI under which new experiments keep their artifacts; None for servers, which
            decide themselves.
    """

    uri: str
    artifact_root: str | None

    @property
    def shown(self) -> str:
        """The URI without its password."""
        return masked_address(self.uri)

    @cached_property
    def client(self) -> MlflowClient:
        """The MLflow client of this store, made once."""
        from mlflow import MlflowClient

        hush_database_errors()
        return MlflowClient(tracking_uri=self.uri)

    def experiments(self) -> dict[str, str]:
        """Return the ids of the active experiments by their names."""
        pages = self._pages("list the experiments", self.client.search_experiments)
        return {experiment.name: experiment.experiment_id for experiment in pages}

    def experiment_id(self, name: str) -> str:
        """Return the id of the experiment `name`; it is created if need be, by exactly one of many processes.

        Its artifacts go below `artifact_root`, never to ./mlruns.

        Raises:
            InputError: The name is not allowed, or belongs to an experiment that was deleted.
            TrackingError: The store failed.
        """
        from mlflow.exceptions import MlflowException

        def create() -> str:
            try:
                return self.client.create_experiment(name, artifact_location=self._artifact_location(name))
            except MlflowException as error:
                if error.error_code != "INVALID_PARAMETER_VALUE":
                    raise
                text = f"tracking.experiment={name!r}: {first_line(error)}"
                raise InputError(Fault("tracking.experiment", text)) from error

        with self.reporting(f"create the experiment {name!r}"):
            return created_once(lambda: self._existing_experiment(name), create)

    def runs(self, experiment_ids: Sequence[str], filter_string: str = "", view: int = ACTIVE) -> Iterator[Run]:
        """Yield the runs of the experiments that match a filter in MLflow's language, page by page.

        The view is one of MLflow's `ViewType`: active runs, deleted ones, or all.
        """
        if experiment_ids:
            search = partial(self.client.search_runs, list(experiment_ids), filter_string, view)
            yield from self._pages("read the runs", search)

    def children(self, run: Run) -> Iterator[Run]:
        """Yield the runs of a sweep's jobs, given the sweep's own run; each may be in an experiment of its own."""
        return self.runs([*self.experiments().values()], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")

    def _pages(self, doing: str, search: Callable[..., PagedList[Any]]) -> Iterator[Any]:
        """Yield all that one of MLflow's searches finds, page by page."""
        token: str | None = None
        while True:
            with self.reporting(doing):
                page = search(max_results=_PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def run(self, run_id: str) -> Run:
        """Return a run as the store has it now, deleted ones included.

        Raises:
            RunMissing: There is none.
            TrackingError: The store failed.
        """
        from mlflow.exceptions import MlflowException

        with self.reporting(f"read the run {run_id}"):
            try:
                return self.client.get_run(run_id)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                raise RunMissing(self._failed(f"read the run {run_id}", error)) from error

    @contextmanager
    def reporting(self, doing: str) -> Iterator[None]:
        """Turn what MLflow raises inside the block into a TrackingError that names the store and what was attempted.

        `doing` says that, such as "record the metrics of epoch 3".
        """
        try:
            yield
        except (TrackingError, InputError):
            raise
        # Not MLflow's alone: a database's, the HTTP client's and the disk's come through as they are.
        except Exception as error:
            raise TrackingError(self._failed(doing, error)) from error

    def check_answers(self) -> None:
        """Check within seconds that the store is still there.

        Raises:
            InputError: It is not.
        """
        check_answers(Location(self.uri))

    def _existing_experiment(self, name: str) -> str | None:
        with self.reporting(f"look up the experiment {name!r}"):
            experiment = self.client.get_experiment_by_name(name)
        if experiment is None:
            return None
        if experiment.lifecycle_stage != "active":
            restore = f"mlflow experiments restore --experiment-id {experiment.experiment_id}"
            text = f"was deleted in {self.shown}: choose another name, or restore it with `{restore}`"
            raise InputError(Fault("tracking.experiment", f"tracking.experiment={name!r} {text}"))
        return str(experiment.experiment_id)

    def _artifact_location(self, name: str) -> str | None:
        folder = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:60] or "experiment"
        return f"{self.artifact_root}/{folder}" if self.artifact_root else None

    def _failed(self, doing: str, error: BaseException) -> str:
        why = fault_of_schema(str(error), self.shown) or short_reason(error)
        return f"the MLflow store {self.shown} failed to {doing}: {why}"


def created_once(find: Callable[[], T | None], create: Callable[[], T]) -> T:
    """Return what is there already, or create it, where several processes may do the same at once.

    A database lets one of them create it. The others fail, and look for it again: it is there then.
    """
    for _ in range(_TRIES):
        found = find()
        if found is not None:
            return found
        try:
            return create()
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 (of MLflow, a database or its driver; it is raised in the end)
            failure = error
    raise failure


@contextmanager
def before_writing(but: type[TrackingError] | tuple[()] = ()) -> Iterator[None]:
    """Raise an InputError in place of a TrackingError, except for `but`: nothing has been done yet in the block."""
    try:
        yield
    except but:
        raise
    except TrackingError as error:
        raise InputError(Fault("tracking.uri", str(error))) from error


def check_store(uri: str | None, folder: Path) -> Store | None:
    """Return the store that is going to be recorded in; None where it is a SQLite file that is still to be created.

    Nothing is written.

    Raises:
        InputError: As `open_store` would, and where a file can't be written.
    """
    location = locate(uri, folder)
    path = sqlite_path(location.uri)
    if path is not None and not check_recordable(path, location):
        return None
    return find_store(uri, folder)


def open_store(uri: str | None, folder: Path, *, patience: float = 0.0) -> Store:
    """Open the store to record in, creating a SQLite store that is not there yet; see `find_store`.

    Raises:
        InputError: The URI is wrong, nothing answers there, or the file cannot be created or is of another kind.
    """
    location = locate(uri, folder)
    store = _store_at(location, folder)
    path = sqlite_path(location.uri)
    if path is None:
        _reach(store, location, patience)
        return store
    if not holds_store(path, location):
        create_store(path, location, store.artifact_root or "")
    _first_use(store, location)
    return store


def find_store(uri: str | None, folder: Path, *, by_sql: bool = False, patience: float = 0.0) -> Store:
    """Return the store to read from; nothing is created.

    Args:
        uri: The tracking.uri key; None: MLFLOW_TRACKING_URI, else mlflow.db in `folder`.
        folder: The folder where the command runs.
        by_sql: Whether a SQLite store is going to be read by SQL: it is enough then that the file is a store, and
            MLflow, which takes a second to import, is not asked.
        patience: For how many seconds to wait where nothing answers.

    Raises:
        InputError: There is no store, or nothing answers there.
    """
    location = locate(uri, folder)
    path = sqlite_path(location.uri)
    if path is not None and not holds_store(path, location):
        named = f" named {path.name}" if uri or location.origin else ""
        advice = "train first, or give tracking.uri=URI (--uri URI where the command has no overrides)"
        raise InputError(Fault("tracking.uri", f"no MLflow store{named} in {path.parent}: {advice}"))
    store = _store_at(location, folder)
    if path is None:
        _reach(store, location, patience)
    elif not by_sql:
        _first_use(store, location)
    return store


def _reach(store: Store, location: Location, patience: float) -> None:
    """Attempt to use the store again and again until it answers, for so many seconds; a server may be restarting."""
    deadline = time.monotonic() + patience
    while True:
        try:
            check_answers(location)
            _first_use(store, location)
            return
        except NothingAnswers:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_ASK_AGAIN_SECONDS)


def _store_at(location: Location, folder: Path) -> Store:
    if is_server(location.uri) or location.uri.startswith("databricks"):
        return Store(location.uri, None)
    path = sqlite_path(location.uri)
    beside = path.parent if path else folder.absolute()
    return Store(location.uri, (beside / ARTIFACT_FOLDER).as_uri())


def _first_use(store: Store, location: Location) -> None:
    """Talk to the store once, so that what is wrong with it is the user's first message."""
    if is_server(location.uri):
        return  # it has answered the same question when it was checked
    from mlflow.exceptions import MlflowException

    try:
        store.client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, SQLAlchemy, Alembic or a driver
        what = fault_of_schema(str(error), masked_address(location.uri))
        if what is not None:
            raise location.fault(what) from error
        # A database takes connections before it answers.
        is_busy = isinstance(error, MlflowException) and error.error_code == "TEMPORARILY_UNAVAILABLE"
        raise (location.unreachable if is_busy else location.fault)(short_reason(error)) from error
    path = sqlite_path(location.uri)
    if path is not None:
        check_columns(path, location)
