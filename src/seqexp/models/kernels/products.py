"""Products of small matrices, written as vector instructions: the compiler can't be relied on to find them itself."""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from seqexp.models.kernels.compiling import part

# float32 values in a vector register: 64 bytes with AVX-512, else 32 (two registers on a machine with smaller ones).
LANES = 16 if binding.get_host_cpu_features().get("avx512f", False) else 8
_BYTES = 4


def _tile(rows: int, vectors: int, lanes: int) -> Any:
    """Return a function that adds a product to `rows` rows of `vectors` times `lanes` columns, all in registers."""

    @intrinsic
    def tile(_: Any, out: Any, out_row: Any, a: Any, a_row: Any, a_inner: Any, b: Any, b_inner: Any, inner: Any) -> Any:
        def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            out, out_row, a, a_row, a_inner, b, b_inner, inner = arguments
            number, whole = ir.FloatType(), ir.IntType(64)
            vector = ir.VectorType(number, lanes)

            def load(kind: Any, address: Any) -> Any:
                return builder.load(builder.inttoptr(address, kind.as_pointer()), align=_BYTES)

            def offset(start: Any, *terms: Any) -> Any:
                for term in terms:
                    start = builder.add(start, term)
                return start

            def of(index: int, stride: Any) -> Any:
                return builder.mul(whole(index), stride)

            def target(row: int, column: int) -> Any:
                return offset(out, of(row, out_row), whole(column * lanes * _BYTES))

            sums = [[cgutils.alloca_once(builder, vector) for _ in range(vectors)] for _ in range(rows)]
            for row in range(rows):
                for column in range(vectors):
                    builder.store(load(vector, target(row, column)), sums[row][column])
            with cgutils.for_range(builder, inner) as loop:
                a_now = offset(a, builder.mul(loop.index, a_inner))
                b_now = offset(b, builder.mul(loop.index, b_inner))
                loaded = [load(vector, offset(b_now, whole(column * lanes * _BYTES))) for column in range(vectors)]
                for row in range(rows):
                    one = load(number, offset(a_now, of(row, a_row)))
                    first = builder.insert_element(ir.Constant(vector, ir.Undefined), one, ir.IntType(32)(0))
                    zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
                    all_lanes = builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)
                    for column in range(vectors):
                        product = builder.fmul(all_lanes, loaded[column], flags=("contract",))
                        before = builder.load(sums[row][column])
                        builder.store(builder.fadd(before, product, flags=("contract",)), sums[row][column])
            for row in range(rows):
                for column in range(vectors):
                    pointer = builder.inttoptr(target(row, column), vector.as_pointer())
                    builder.store(builder.load(sums[row][column]), pointer, align=_BYTES)
            return ir.Constant(ir.IntType(8).as_pointer(), None)  # what a function without a result gives

        return types.void(*[types.intp] * 8), generate

    return tile


def _adder(vectors: int, lanes: int) -> Any:
    """Return a function that adds a product to `vectors` times `lanes` columns of any number of rows."""
    four, one = _tile(4, vectors, lanes), _tile(1, vectors, lanes)

    @part
    def add(
        out: int, out_row: int, a: int, a_row: int, a_inner: int, b: int, b_inner: int, rows: int, inner: int
    ) -> None:
        fours = rows - rows % 4
        for i in range(0, fours, 4):
            four(out + i * out_row, out_row, a + i * a_row, a_row, a_inner, b, b_inner, inner)
        for i in range(fours, rows):
            one(out + i * out_row, out_row, a + i * a_row, a_row, a_inner, b, b_inner, inner)

    return add


_add_two, _add_one, _add_quarter, _add_single = _adder(2, LANES), _adder(1, LANES), _adder(1, 4), _adder(1, 1)


@part
def add_product(
    out: int,
    out_row: int,
    a: int,
    a_row: int,
    a_inner: int,
    b: int,
    b_inner: int,
    rows: int,
    inner: int,
    columns: int,
) -> None:
    """Add the product of two float32 matrices in memory to a third that overlaps neither: out += a @ b.

    Args:
        out: Address of (rows, columns), whose rows are `out_row` bytes apart and whose columns are neighbours.
        a: Address of (rows, inner), with `a_row` bytes from row to row and `a_inner` from column to column: a
            transposed matrix is one with the two exchanged.
        b: Address of (inner, columns), with `b_inner` bytes from row to row, its columns neighbours.
    """
    j = 0
    while j < columns:
        to, of, left = out + _BYTES * j, b + _BYTES * j, columns - j
        if left >= 2 * LANES:
            _add_two(to, out_row, a, a_row, a_inner, of, b_inner, rows, inner)
            j += 2 * LANES
        elif left >= LANES:
            _add_one(to, out_row, a, a_row, a_inner, of, b_inner, rows, inner)
            j += LANES
        elif left >= 4:
            _add_quarter(to, out_row, a, a_row, a_inner, of, b_inner, rows, inner)
            j += 4
        else:
            _add_single(to, out_row, a, a_row, a_inner, of, b_inner, rows, inner)
            j += 1
