# Completion of seqexp's commands, flags, keys and names in fish.
function __seqexp_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    $program __complete fish $words[2..-1] (commandline -ct | string collect -a) 2>/dev/null
end
complete -c seqexp -f -a '(__seqexp_complete)'
