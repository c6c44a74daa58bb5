"""A user's own layers, model builders and estimators: what is taken, what is refused, and where an error is told."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.errors import Fault, InputError
from seqexp.config.model_section import layer_faults, section_faults
from seqexp.config.plugins import classes_of, read_plugins
from seqexp.config.schema import ModelConfig
from seqexp.models.network import build_network
from seqexp.models.plugins import PluginError, telling_where
from seqexp.models.registry import NO_PLUGINS, Registry, make_registry
from seqexp.models.saved_models import save_network
from seqexp.tasks.target import Problem
from tests.faults import is_about, only_fault_of

OWN = """\
from __future__ import annotations

from dataclasses import dataclass

import keras


@dataclass
class _Private:
    units: int = 1


class Scale(keras.layers.Layer):
    def __init__(self, start: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape):
        self.factor = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, x):
        return x * self.factor

    def compute_output_shape(self, shape):
        return shape


class Subclassed(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.gru, self.out = keras.layers.GRU(units), keras.layers.Dense(1)

    def call(self, x):
        return self.out(self.gru(x))

    def get_config(self):
        return {"units": self.units}


def functional(shape, units=8):
    window = keras.Input(shape)
    last, state = keras.layers.GRU(units, return_state=True)(window[:, -4:])
    return keras.Model(window, keras.layers.Dense(1)(last + keras.ops.mean(window[:, :, :1], axis=1) * state))


def sequential(shape, *, units):
    return keras.Sequential([keras.layers.GRU(units), keras.layers.Dense(1)])


def subclassed(shape, **more):
    return Subclassed(more.get("units", 2))


def any_length(shape):
    return keras.Sequential([keras.Input((None, shape[1])), keras.layers.GRU(3), keras.layers.Dense(1)])


def _private(shape):
    return None


class Mean:
    parameters = 1

    def __init__(self, shrink: float = 0.5):
        self.shrink = shrink

    def fit(self, windows):
        self.mean = float(windows.targets(windows.rows.train).mean())

    def predict(self, windows, rows):
        return windows.last_seen(rows) * self.shrink + self.mean * (1 - self.shrink)
"""
SHAPE = (6, 3)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a plugin into an empty folder of one's own, which is where the test runs."""
    monkeypatch.chdir(tmp_path)

    def written(source: str | bytes, name: str = "own.py") -> Path:
        path = tmp_path / name
        path.write_bytes(source.encode() if isinstance(source, str) else source)
        return path

    return written


def registry_of(*files: str) -> Registry:
    return make_registry(read_plugins(files or ["own.py"]))


@pytest.fixture
def own(write: Write) -> Registry:
    write(OWN)
    return registry_of()


def model(**changes: Any) -> ModelConfig:
    return ModelConfig(name="test", **changes)


def refused(registry: Registry, **changes: Any) -> Fault:
    return only_fault_of(build_network, model(**changes), Problem(SHAPE), seed=0, registry=registry)


class TestReading:
    def test_a_file_is_read_and_not_executed(self, write: Write) -> None:
        path = write("class A: pass\nraise SystemExit('executed')\n")
        (plugin,) = read_plugins(["own.py"])
        assert (plugin.given, plugin.path, plugin.name) == ("own.py", path, "own.py")
        assert plugin.digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert classes_of([plugin]) == {"A"}

    def test_the_same_file_twice_counts_once(self, write: Write) -> None:
        path = write("def f(shape): ...\n")
        assert len(read_plugins(["own.py", str(path), "./own.py"])) == 1

    def test_every_file_that_cannot_be_read_is_told(self, write: Write, tmp_path: Path) -> None:
        write("def f(:\n", "syntax.py")
        write(b"a = '\xff'\n", "bytes.py")
        write(b"a = 1\0\n", "null.py")
        write("text", "notes.txt")
        (tmp_path / "folder.py").mkdir()
        (tmp_path / "sub").mkdir()
        write("a = 1\n", "twin.py")
        write("a = 2\n", "sub/twin.py")
        names = ["nowhere.py", "notes.txt", "folder.py", "syntax.py", "bytes.py", "null.py", "twin.py", "sub/twin.py"]
        with pytest.raises(InputError) as caught:
            read_plugins(names)
        expected = [
            "--plugin nowhere.py can't be read: No such file or directory.",
            "--plugin must be a Python file, such as my_layers.py. Received: 'notes.txt'.",
            "--plugin must be a file. Received: 'folder.py', which is a folder",
            "--plugin syntax.py, line 1: invalid syntax: def f(:",
            "--plugin bytes.py",
            "--plugin null.py",
            "--plugin sub/twin.py has the same name as twin.py: rename one of them.",
        ]
        assert len(caught.value.texts) == len(expected)
        for fault, start in zip(caught.value.texts, expected, strict=True):
            assert fault.startswith(start)


class TestExecuting:
    def test_what_is_public_and_defined_here_goes_by_its_name(self, own: Registry) -> None:
        assert set(own.layers) == {"Scale", "Subclassed"}
        assert set(own.builders) == {"functional", "sequential", "subclassed", "any_length"}
        assert set(own.estimators) == {"Mean"}

    def test_the_module_stays_where_keras_looks_for_it(self, own: Registry) -> None:
        module = own.layers["Scale"].__module__
        assert own.plugins[0].digest[:16] in module
        assert sys.modules[module].Scale is own.layers["Scale"]

    def test_nothing_is_written_beside_it(self, own: Registry, tmp_path: Path) -> None:
        assert [path.name for path in tmp_path.iterdir()] == ["own.py"]

    def test_without_plugins_there_is_nothing(self) -> None:
        assert make_registry(()) is NO_PLUGINS
        assert not NO_PLUGINS.is_layer("Scale")

    @pytest.mark.parametrize(
        ("source", "facts"),
        [
            ("x = 1\nraise ValueError('boom')\n", ["own.py, line 2: ValueError: boom"]),
            ("def f():\n    return {}['a']\nf()\n", ["own.py, line 2, in f: KeyError: 'a'"]),
            ("import sys\nsys.exit(3)\n", ["own.py, line 2: SystemExit: 3"]),
            ("import no_such_module\n", ["own.py, line 1: ModuleNotFoundError: No module named 'no_such_module'"]),
            (
                "import beside_it\n",
                ["own.py, line 1: ", "No module named 'beside_it'", "install beside_it"],
            ),
            ("import keras\nclass GRU(keras.layers.Layer): pass\n", ["own.py defines GRU,", "Keras"]),
            ("class Naive:\n    fit = predict = None\n", ["own.py defines Naive,", "seqexp"]),
            ("x = 1\n_f = lambda shape: None\nfrom os.path import join\n", ["own.py defines no layer"]),
        ],
    )
    def test_what_goes_wrong_is_told_with_its_line(self, write: Write, source: str, facts: list[str]) -> None:
        write(source)
        write("", "beside_it.py")
        before = set(sys.modules)
        fault = only_fault_of(registry_of)
        assert is_about(fault, "--plugin", *facts), fault
        if "defines" not in facts[0]:
            assert not [name for name in set(sys.modules) - before if "seqexp_plugin" in name]

    def test_two_plugins_may_not_define_the_same_name(self, write: Write) -> None:
        write("def f(shape): ...\n", "one.py")
        write("def f(shape): ...\n", "two.py")
        assert is_about(only_fault_of(registry_of, "one.py", "two.py"), "--plugin", "two.py defines f,", "one.py")


class TestLayers:
    def test_a_layer_stands_beside_kerass_and_within_wrappers(self, own: Registry) -> None:
        entries = [{"repeat": 2, "Scale": {"start": 3.0}}, {"TimeDistributed": {"layer": {"Scale": None}}}, "Flatten"]
        network = build_network(model(layers=entries), Problem(SHAPE), seed=0, registry=own)
        assert [type(layer).__name__ for layer in network.layers[1:3]] == ["Scale", "Scale"]
        assert isinstance(network.layers[3].layer, own.layers["Scale"])
        assert float(network.layers[1].factor) == 3.0

    def test_keras_slash_is_never_a_plugins(self, own: Registry) -> None:
        assert not own.is_layer("keras/Scale")

    def test_a_model_class_is_a_layer(self, own: Registry) -> None:
        subclassed = model(layers=[{"Subclassed": {"units": 2}}], head=[])
        assert build_network(subclassed, Problem(SHAPE), seed=0, registry=own)

    def test_its_arguments_are_checked(self, own: Registry) -> None:
        fault = refused(own, layers=[{"Scale": {"strt": 2.0}}])
        assert is_about(fault, "model.layers.0.Scale.strt", "argument of Scale", "mean 'start'?")
        fault = refused(own, layers=["Scales"])
        assert is_about(fault, "model.layers.0", "'Scales'", "plugin", "mean 'Scale'?")

    def test_the_check_without_keras_leaves_its_arguments_alone(self) -> None:
        entries = [
            {"Own": {"recurrent_dropout": 0.1}},
            {"TimeDistributed": {"layer": {"Own": {"recurrent_dropout": 1}}}},
        ]
        assert layer_faults(entries, own_layers={"Own"}) == []
        assert len(layer_faults(entries)) == 2

    @pytest.mark.parametrize(
        ("body", "key", "facts"),
        [
            (
                "    def __init__(self, **k):\n        super().__init__(**k)\n"
                "        raise ValueError('too few\\nmore')",
                "model.layers.0",
                ["(Own)", "own.py, line 5, in __init__: ValueError: too few"],
            ),
            (
                "    def call(self, x):\n        raise RuntimeError('boom')",
                "model.layers.0",
                ["(Own)", "(batch, 6, 3)", "own.py, line 4, in call: RuntimeError: boom"],
            ),
            (
                "    def call(self, x):\n        return x + keras.ops.ones((5,))",
                "model.layers.0",
                ["(Own)", "(batch, 6, 3)", "own.py, line 4, in call: "],
            ),
            ("    def call(self, x):\n        return None", "model.layers.0", ["(Own) "]),
            (
                "    def call(self, x):\n        return x\n    def get_config(self):\n        raise TypeError('no')",
                "model",
                ["saved", "own.py, line 6, in get_config: TypeError: no"],
            ),
            (
                "    def __init__(self, n):\n        super().__init__()\n    def call(self, x):\n        return x\n"
                "    def get_config(self):\n        return {}",
                "model",
                ["saved"],
            ),
        ],
    )
    def test_an_error_in_it_is_told_with_its_line(self, write: Write, body: str, key: str, facts: list[str]) -> None:
        write(f"import keras\nclass Own(keras.layers.Layer):\n{body}\n")
        entry: Any = {"Own": {"n": 1}} if "n)" in body.split("\n", maxsplit=1)[0] else "Own"
        fault = refused(registry_of(), layers=[entry, {"GRU": {"units": 2}}])
        assert is_about(fault, key, *facts), fault
        assert "\n" not in fault.text
        assert "seqexp" not in fault.text

    def test_a_saved_network_is_loaded_with_custom_objects(self, own: Registry, tmp_path: Path) -> None:
        import mlflow

        network = build_network(model(layers=["Scale", {"GRU": {"units": 2}}]), Problem(SHAPE), seed=0, registry=own)
        network.layers[1].factor.assign(2.5)
        save_network(network, tmp_path / "model", SHAPE)
        objects = {"Scale": own.layers["Scale"]}
        samples = np.random.default_rng(0).normal(size=(4, *SHAPE)).astype(np.float32)
        for loaded in (
            mlflow.keras.load_model(str(tmp_path / "model"), custom_objects=objects),
            keras.saving.load_model(next((tmp_path / "model").rglob("*.keras")), custom_objects=objects),
        ):
            np.testing.assert_allclose(loaded(samples), network(samples), rtol=1e-5)


class TestBuilders:
    @pytest.mark.parametrize(
        ("entry", "parameters"),
        [
            # GRU(u) on 3 columns has 3 u (u + 3 + 2) parameters, Dense(1) on it u + 1.
            ({"functional": None}, 3 * 8 * 13 + 9),
            ({"functional": {"units": 4}}, 3 * 4 * 9 + 5),
            ({"sequential": {"units": 2}}, 3 * 2 * 7 + 3),
            ({"subclassed": None}, 3 * 2 * 7 + 3),
            ({"subclassed": {"units": 3}}, 3 * 3 * 8 + 4),
            ({"any_length": {}}, 3 * 3 * 8 + 4),
        ],
    )
    def test_it_makes_the_whole_network(self, own: Registry, entry: dict[str, Any], parameters: int) -> None:
        network = build_network(model(builder=entry), Problem(SHAPE), seed=0, registry=own)
        assert (network.input_shape, network.output_shape) == ((None, *SHAPE), (None, 1))
        assert network.count_params() == parameters

    def test_its_weights_are_a_function_of_the_seed(self, own: Registry) -> None:
        chosen = model(builder={"functional": None})
        built = [build_network(chosen, Problem(SHAPE), seed=seed, registry=own) for seed in (3, 3, 4)]
        first, again, other = (network.get_weights() for network in built)
        for one, two in zip(first, again, strict=True):
            np.testing.assert_array_equal(one, two)
        assert not np.array_equal(first[0], other[0])

    @pytest.mark.parametrize(
        ("entry", "key", "facts"),
        [
            (
                {"functionl": None},
                "",
                ["functional, sequential, subclassed, any_length.", "Received: 'functionl'", "mean 'functional'?"],
            ),
            ({"functional": {"unit": 3}}, ".functional.unit", ["argument of functional", "mean 'units'?"]),
            ({"functional": {"shape": 3}}, ".functional.shape", ["argument of functional"]),
            ({"sequential": None}, ".sequential", ["sequential() missing a required "]),
            ({"sequential": {"units": 0}}, ".sequential", ["own.py, line "]),
            ({}, "", ["one name", "Received: {}."]),
            ({"functional": None, "sequential": None}, "", ["one name", "'functional': None, 'sequential': None"]),
        ],
    )
    def test_a_wrong_entry_is_told(self, own: Registry, entry: dict[str, Any], key: str, facts: list[str]) -> None:
        fault = refused(own, builder=entry)
        assert is_about(fault, f"model.builder{key}", *facts), fault

    @pytest.mark.parametrize(
        ("body", "facts"),
        [
            ("return None", ["Received: None."]),
            ("return 'model'", ["Received: 'model'."]),
            ("return keras.Sequential([keras.layers.GRU(4)])", ["Received: one to (batch, 4)."]),
            ("return keras.Sequential([keras.layers.GRU(4, return_sequences=True), keras.layers.Dense(1)])",
             ["Received: one to (batch, 6, 1)."]),
            ("w = keras.Input(shape); return keras.Model(w, keras.layers.GRU(3, return_state=True)(w))",
             ["Received: one to (batch, 3), (batch, 3)."]),
            ("return keras.Sequential([keras.Input((9, 9)), keras.layers.GRU(3), keras.layers.Dense(1)])",
             ["from (batch, 6, 3) to (batch, 1): "]),
            ("return keras.Sequential([keras.layers.Flatten(), keras.layers.Reshape((18, 1)), "
             "keras.layers.GlobalMaxPooling1D()])", ["learn"]),
            ("return keras.Sequential([keras.layers.Lambda(lambda x: x[:, -1]), keras.layers.Dense(1)])",
             ["saved", "`Lambda` layer"]),
        ],
    )  # fmt: skip
    def test_what_is_no_such_network_is_refused(self, write: Write, body: str, facts: list[str]) -> None:
        write(f"import keras\ndef mine(shape):\n    {body}\n")
        fault = refused(registry_of(), builder={"mine": None})
        assert fault.key.startswith("model")
        assert [fact for fact in facts if fact not in fault.text] == [], fault

    def test_it_needs_a_plugin(self) -> None:
        fault = refused(NO_PLUGINS, builder={"mine": None})
        assert is_about(fault, "model.builder", "--plugin", "Received: mine.")

    def test_it_is_one_of_three_and_has_no_head(self) -> None:
        assert section_faults({"builder": {"mine": None}}, {}, {}) == []
        (fault,) = section_faults({"builder": {"mine": None}, "layers": ["GRU"]}, {}, {})
        assert is_about(fault, "model", "model.layers, model.estimator and model.builder")
        (fault,) = section_faults({"builder": {"mine": None}, "head": ["Dense"]}, {}, {})
        assert is_about(fault, "model.head", "null", "model.builder")


class TestEstimators:
    def test_it_goes_by_its_name(self, own: Registry) -> None:
        estimator = own.make_estimator({"Mean": {"shrink": 0.25}})
        assert type(estimator) is own.estimators["Mean"]
        assert estimator.parameters == 1

    @pytest.mark.parametrize(
        ("entry", "key", "facts"),
        [
            ({"Men": None}, "", [" Naive, ", ", Mean.", "Received: 'Men'", "mean 'Mean'?"]),
            ({"Mean": {"shrnk": 1}}, ".Mean.shrnk", ["argument of Mean", "mean 'shrink'?"]),
        ],
    )
    def test_a_wrong_entry_is_told(self, own: Registry, entry: dict[str, Any], key: str, facts: list[str]) -> None:
        assert is_about(only_fault_of(own.make_estimator, entry), f"model.estimator{key}", *facts)

    @pytest.mark.parametrize(
        ("body", "key", "fact"),
        [
            ("", "Mine", "no parameters"),
            ("    def __init__(self):\n        1 / 0", "Mine", "own.py, line 4, in __init__: "),
            ("    @property\n    def parameters(self):\n        return self.size", "Mine.parameters",
             "own.py, line 5, in parameters: AttributeError: "),
        ],
    )  # fmt: skip
    def test_what_is_no_estimator_is_refused(self, write: Write, body: str, key: str, fact: str) -> None:
        write(f"class Mine:\n    fit = predict = None\n{body}\n")
        fault = only_fault_of(registry_of().make_estimator, {"Mine": None})
        assert is_about(fault, f"model.estimator.{key}", fact)


class TestTellingWhere:
    def test_an_error_of_the_plugin_gets_its_line(self, write: Write) -> None:
        write("def mine(shape):\n    return 1 / shape\n")
        registry = registry_of()
        with (
            pytest.raises(
                PluginError, match=r"^own.py, line 2, in mine: ZeroDivisionError: division by zero$"
            ) as caught,
            telling_where(registry.plugins),
        ):
            registry.builders["mine"](0)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_other_errors_go_on_unchanged(self, own: Registry) -> None:
        with pytest.raises(ZeroDivisionError), telling_where(own.plugins):
            _ = 1 / 0
