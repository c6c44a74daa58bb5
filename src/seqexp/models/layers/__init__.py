"""seqexp's own Keras layers, by the names that a model's YAML uses. Importing this imports Keras."""

from __future__ import annotations

from seqexp.models.layers.around import LastValue, PerColumn, RevIN
from seqexp.models.layers.attention import EncoderBlock, SinusoidalPositions
from seqexp.models.layers.dlinear import DLinear
from seqexp.models.layers.embedding import Embedding
from seqexp.models.layers.last_timestep import LastTimestep
from seqexp.models.layers.multi_hot import MultiHot
from seqexp.models.layers.recurrent import GRU, LSTM, Bidirectional, SimpleRNN
from seqexp.models.layers.segrnn import SegRNN
from seqexp.models.layers.seq2seq import Seq2Seq
from seqexp.models.layers.sparsetsf import SparseTSF
from seqexp.models.layers.tcn import TCN
from seqexp.models.layers.tsmixer import MixerBlock, TemporalProjection

OWN_LAYERS: dict[str, type] = {
    layer.__name__: layer
    for layer in (
        GRU,
        LSTM,
        TCN,
        Bidirectional,
        DLinear,
        Embedding,
        EncoderBlock,
        LastTimestep,
        LastValue,
        MixerBlock,
        MultiHot,
        PerColumn,
        RevIN,
        SegRNN,
        Seq2Seq,
        SimpleRNN,
        SinusoidalPositions,
        SparseTSF,
        TemporalProjection,
    )
}
