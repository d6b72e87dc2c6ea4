// The scripts by which shells complete words. Each runs the command itself, under the name by which it was called.

const BASH = `# bash completion for consul-peering
_consul_peering() {
  local current=\${COMP_WORDS[COMP_CWORD]} line
  [[ $current == "=" ]] && current=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files* ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _consul_peering consul-peering
`;

const ZSH = `#compdef consul-peering
# zsh completion for consul-peering
_consul_peering() {
  local line
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :files* ]]; then
      _files
      return
    fi
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe consul-peering candidates
}
if [[ \${funcstack[1]} == _consul_peering ]]; then
  _consul_peering "$@"
else
  compdef _consul_peering consul-peering
fi
`;

const FISH = `# fish completion for consul-peering
function __consul_peering_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if string match -q ':files*' -- $line
      __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current")
    else
      echo $line
    end
  end
end
complete -c consul-peering -f -a '(__consul_peering_complete)'
`;

/** By the shell's name. */
export const SCRIPTS = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);
