"""What a person sees of word vectors: neighbours, maps, exports."""
