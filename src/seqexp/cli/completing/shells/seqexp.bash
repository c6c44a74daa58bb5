# Completion of seqexp's commands, flags, keys and names in bash.
_seqexp() {
    local program=${1/#\~/$HOME} line=${COMP_LINE:0:COMP_POINT} IFS=$'\n'
    COMPREPLY=($("$program" __complete bash "$COMP_WORDBREAKS" "$line" 2>/dev/null))
    # A key goes on with its value, a folder with what is in it.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _seqexp seqexp
