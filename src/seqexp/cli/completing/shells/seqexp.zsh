#compdef seqexp
# Completion of seqexp's commands, flags, keys and names in zsh.
_seqexp() {
    local line
    local -a found whole_words whole_lines begun_words begun_lines
    found=("${(@f)$(${(Q)~words[1]} __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for line in $found; do
        # A key goes on with its value, a folder with what is in it: no space follows.
        if [[ ${line%%$'\t'*} == *[=/.] ]]; then
            begun_words+=("${line%%$'\t'*}") begun_lines+=("${line/$'\t'/  -- }")
        else
            whole_words+=("${line%%$'\t'*}") whole_lines+=("${line/$'\t'/  -- }")
        fi
    done
    (( $#begun_words )) && compadd -S '' -l -d begun_lines -a begun_words
    (( $#whole_words )) && compadd -l -d whole_lines -a whole_words
    (( $#begun_words + $#whole_words ))
}
if [[ $funcstack[1] == _seqexp ]]; then
    _seqexp "$@"
else
    compdef _seqexp seqexp
fi
