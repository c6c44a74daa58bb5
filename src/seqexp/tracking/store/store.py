"""The MLflow store: opened to record runs, found to read them, and never through MLflow's global state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from seqexp.config.errors import Fault, InputError, shown
from seqexp.config.output.secrets import masked_address
from seqexp.tracking.store.answers import check_answers
from seqexp.tracking.store.compat_mlflow import hush_database_errors
from seqexp.tracking.store.sound import what_is_odd
from seqexp.tracking.store.uris import Location, first_line, short_reason

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.store.entities import PagedList

_PAGE = 1000
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
        is_named: Whether tracking.uri has named it; else it is that of MLFLOW_TRACKING_URI, or the default.
    """

    uri: str
    artifact_root: str | None
    is_named: bool = field(default=True, compare=False)

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
            yield from map(self._sound, self._pages("read the runs", search))

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
                return self._sound(self.client.get_run(run_id))
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                raise RunMissing(self._failed(f"read the run {run_id}", error)) from error

    def _sound(self, run: Run) -> Run:
        """Return a run once it is known that its values are of the types that MLflow writes."""
        info, data = run.info, run.data
        texts = (info.status, *data.params, *data.params.values(), *data.tags, *data.tags.values(), *data.metrics)
        odd = what_is_odd((info.start_time, info.end_time), texts, data.metrics.values())
        if odd is not None:
            raise TrackingError(
                f"the MLflow store {self.shown} is damaged: the run {shown(info.run_id)} has {odd}. "
                "Restore a copy, or name another store"
            )
        return run

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
        return f"the MLflow store {self.shown} failed to {doing}: {short_reason(error)}"


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
def before_writing() -> Iterator[None]:
    """Raise an InputError in place of a TrackingError: nothing has been done yet in the block."""
    try:
        yield
    except TrackingError as error:
        raise InputError(Fault("tracking.uri", str(error))) from error
