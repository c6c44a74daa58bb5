"""Names in a model's YAML, and what they mean.

A name means seqexp's own layer, else Keras's, else that of a user's plugin, which may not take a name that is there
already; `keras/GRU` is always Keras's. Nothing is ever imported because a YAML names its path.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

import yaml

from seqexp.config.errors import Fault, InputError, nearest, refused, shown, wrong
from seqexp.config.plugins import Plugin
from seqexp.models.estimators.model import Estimator
from seqexp.models.estimators.naive import Naive, SeasonalNaive
from seqexp.models.estimators.ridge import Ridge
from seqexp.models.estimators.texts import NBSVM, BowLogreg, Majority
from seqexp.models.plugins import execute, reason, where_in
from seqexp.tasks.target import Problem

ESTIMATORS: dict[str, type[Estimator]] = {
    "Naive": Naive,
    "SeasonalNaive": SeasonalNaive,
    "Ridge": Ridge,
    "Majority": Majority,
    "BowLogreg": BowLogreg,
    "NBSVM": NBSVM,
}
# What an estimator does, by its attribute `task`; a plugin's class without one forecasts.
_TASKS = {"forecast": "forecasts a series", "classify": "classifies texts"}

# Bases, and layers made from what a YAML can't hold: Python code, other libraries' modules, a saved program.
_NOT_FOR_YAML = ("Layer", "InputLayer", "Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper")

# What Keras takes as a class_name with a config: the ends of arguments' names, such as kernel_initializer.
_CLASS_AND_CONFIG = ("initializer", "regularizer", "constraint")


@dataclass(frozen=True)
class Registry:
    """What names in a model's YAML mean, with what a user's plugins add.

    Attributes:
        layers: Their public subclasses of keras.layers.Layer.
        builders: Their public functions: from a window's shape and arguments to a Keras model.
        estimators: Their public classes that have fit and predict.
        custom_objects: What of them Keras may find in a saved model, private names included.
        files: The plugin, as the user wrote it, that defines each name.
    """

    plugins: tuple[Plugin, ...] = ()
    layers: Mapping[str, type] = field(default_factory=dict)
    builders: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    estimators: Mapping[str, type[Estimator]] = field(default_factory=dict)
    custom_objects: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def with_file(self, name: str) -> str:
        """Return what messages call what a name means: "my_layers.py, Shrunk" where a plugin defines it."""
        return f"{self.files[name]}, {name}" if name in self.files else name

    def layer_class(self, name: str, where: str) -> type:
        """Return the layer class that a name means, such as "GRU" or "keras/GRU".

        Raises:
            InputError: If there is no such layer; it names the key where the name stands.
        """
        found = self._layer(name)
        if found is not None:
            return found
        what = "neither a Keras layer nor one of a plugin" if self.plugins else "not a Keras layer"
        known = [*self.layers, *_own_layers(), *_keras_layers()]
        raise InputError(Fault(where, f"{where}: {name!r} is {what}.{nearest(name.rpartition('/')[2], known)}"))

    def is_layer(self, name: str) -> bool:
        """Return whether a name means a layer."""
        return self._layer(name) is not None

    def _layer(self, name: str) -> type | None:
        space, _, plain = name.rpartition("/")
        if space not in ("", "keras"):
            return None
        ours = {} if space else {**_own_layers(), **self.layers}
        return ours.get(plain) or _keras_layers().get(plain)

    def run_builder(self, entry: Mapping[str, Any], problem: Problem) -> Any:
        """Return what the builder makes that a model's YAML names, in an entry such as {"my_model": {"units": 32}}.

        The shape of one sample is the builder's first argument. A builder whose signature names `classes`,
        `vocabulary`, `leads`, `targets` or `outputs` receives these, too; see `Problem`.

        Raises:
            InputError: If there is none of that name, it refuses an argument, or it raises.
        """
        if not self.builders:
            raise refused(
                "model.builder",
                f"names a function of a plugin: give its file with --plugin. Received: {', '.join(entry)}.",
            )
        name, arguments = _chosen(entry, "builder", self.builders)
        function, shape = self.builders[name], problem.shape
        facts = {
            "classes": problem.classes,
            "vocabulary": problem.vocabulary,
            "leads": problem.leads,
            "targets": problem.targets,
            "outputs": problem.outputs,
        }
        asked = {key: value for key, value in facts.items() if key in inspect.signature(function).parameters}
        arguments = {**asked, **arguments}
        _check_arguments(function, (shape,), arguments, f"model.builder.{name}")
        return self._calling(f"model.builder.{name}", function, shape, **arguments)

    def make_estimator(self, entry: Mapping[str, Any], task: Literal["forecast", "classify"] = "forecast") -> Estimator:
        """Return the estimator that a model's YAML names, in an entry such as {"Naive": None}.

        Raises:
            InputError: If there is none of that name for the task, it refuses an argument, or a plugin's raises.
        """
        classes = {**ESTIMATORS, **self.estimators}
        tasks = {name: getattr(cls, "task", "forecast") for name, cls in classes.items()}
        known = [name for name in classes if tasks[name] == task]
        # One for another task is no name to correct: it is refused below.
        name, arguments = _chosen(entry, "estimator", known, [other for other in classes if other not in known])
        cls, where = classes[name], f"model.estimator.{name}"
        if name not in known:
            raise refused(
                where,
                f"{_TASKS.get(tasks[name], 'has an unknown task')}, and the dataset needs a model that "
                f"{_TASKS[task]}: one of {', '.join(known)}.",
            )
        _check_arguments(cls, (), arguments, where)
        estimator: Estimator = self._calling(where, cls, **arguments)
        if not hasattr(cls, "parameters") and "parameters" not in vars(estimator):
            raise refused(where, "has no parameters: give it a property that says how many numbers were learned.")
        self._calling(f"{where}.parameters", lambda: estimator.parameters)
        return estimator

    def _calling(self, where: str, function: Callable[..., Any], *positional: Any, **arguments: Any) -> Any:
        """Call what a YAML names; what it raises becomes an InputError with the plugin's line."""
        try:
            return function(*positional, **arguments)
        except InputError:
            raise
        except Exception as error:
            raise InputError(Fault(where, f"{where}: {where_in(self.plugins, error) or reason(error)}")) from error


NO_PLUGINS = Registry()


def make_registry(plugins: Sequence[Plugin]) -> Registry:
    """Execute plugins and return what they define.

    Raises:
        InputError: If one raises, or takes a name that is there already.
    """
    if not plugins:
        return NO_PLUGINS
    import keras

    found: dict[str, dict[str, Any]] = {"layer": {}, "builder": {}, "estimator": {}}
    custom_objects: dict[str, object] = {}
    files: dict[str, str] = {}  # the file that defines each name
    for plugin in plugins:
        for name, value in execute(plugin).items():
            if inspect.isfunction(value) or hasattr(value, "from_config"):
                custom_objects[name] = value
            kind = _kind(value, keras)
            if kind is None or name.startswith("_"):
                continue
            taken = _owner(name, kind, keras) or files.get(name)
            if taken:
                raise refused(
                    "--plugin", f"{plugin.given} defines {name}, which {taken} already has: choose another name."
                )
            files[name] = plugin.given
            found[kind][name] = value
    if not files:
        raise refused(
            "--plugin",
            f"{', '.join(plugin.given for plugin in plugins)} defines no layer (a subclass of "
            "keras.layers.Layer), no model builder (a function) and no estimator (a class with fit and predict).",
        )
    return Registry(tuple(plugins), found["layer"], found["builder"], found["estimator"], custom_objects, files)


def _kind(value: object, keras: ModuleType) -> str | None:
    """Return what something that a plugin defines is for a model's YAML: that follows from its class or its methods."""
    if inspect.isfunction(value):
        return "builder"
    if not isinstance(value, type):
        return None
    if issubclass(value, keras.layers.Layer):
        return "layer"
    return "estimator" if hasattr(value, "fit") and hasattr(value, "predict") else None


def _owner(name: str, kind: str, keras: ModuleType) -> str | None:
    """Return who has a name already."""
    if kind == "builder":
        return None
    if hasattr(keras.layers, name):
        return "Keras"
    return "seqexp" if name in ESTIMATORS or name in _own_layers() else None


def _chosen(
    entry: Mapping[str, Any], kind: str, known: Collection[str], others: Collection[str] = ()
) -> tuple[str, dict[str, Any]]:
    """Return the one name of an entry and its arguments; the others are not named where it is an unknown one."""
    if len(entry) != 1:
        raise refused(f"model.{kind}", f"must be one name with its arguments. Received: {dict(entry)!r}.")
    name, arguments = next(iter(entry.items()))
    if name not in known and name not in others:
        raise refused(
            f"model.{kind}", f"must be one of {', '.join(known)}. Received: {name!r}.{nearest(name, list(known))}"
        )
    return name, dict(arguments or {})


def _check_arguments(
    function: Callable[..., Any], positional: tuple[Any, ...], arguments: Mapping[str, Any], where: str
) -> None:
    """Refuse arguments that a function or a class doesn't take, before it is called."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[len(positional) :]
    name = function.__name__
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        known = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]
        check_names(arguments, known, name, where)
    try:
        signature.bind(*positional, **arguments)
    except TypeError as error:
        raise InputError(Fault(where, f"{where}: {name}() {error}")) from None


def check_names(arguments: Iterable[str], known: Sequence[str], name: str, where: str) -> None:
    """Refuse arguments that a layer, a function or a class of this name does not have."""
    faults = [
        wrong(f"{where}.{key}", f"is not an argument of {name}.{nearest(key, known)}")
        for key in arguments
        if key not in known
    ]
    if faults:
        raise InputError(*faults)


def check_written(value: Any, where: str) -> None:
    """Refuse an initializer, a regularizer or a constraint with arguments that is written as layers are.

    Layers are a name with its arguments; Keras takes these as a class_name with a config.
    """
    kind = where.rpartition("_")[2]
    if kind not in _CLASS_AND_CONFIG or not isinstance(value, Mapping) or "class_name" in value:
        return
    name, arguments = next(iter(value.items())) if len(value) == 1 else ("NAME", {})
    own = {"class_name": str(name), "config": dict(arguments) if isinstance(arguments, Mapping) else {}}
    way = yaml.safe_dump(own, default_flow_style=True, sort_keys=False, width=1000).strip()
    raise refused(where, f"must be a name, or {way} for one with arguments. Received: {shown(value)}.")


def argument_names(cls: Any) -> list[str]:
    """Return the arguments that a layer's class takes: its own first, then those of what it is made from."""
    names = [
        name
        for base in cls.__mro__
        if "__init__" in vars(base) and base is not object
        for name, parameter in inspect.signature(base.__init__).parameters.items()
        if name != "self" and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return list(dict.fromkeys(names))


def _own_layers() -> dict[str, type]:
    """Return seqexp's own layers by name; a plain name means these before Keras's."""
    from seqexp.models.layers import OWN_LAYERS

    return OWN_LAYERS


def _keras_layers() -> dict[str, type]:
    import keras

    return {
        name: value
        for name, value in vars(keras.layers).items()
        if isinstance(value, type) and issubclass(value, keras.layers.Layer) and name not in _NOT_FOR_YAML
    }
