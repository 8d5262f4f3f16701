import type { CompletionNode } from './command-tree.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A completion script that knows every command and flag, and asks nobody when it runs. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(nodes)
    case 'zsh':
      return zshScript(nodes)
    case 'fish':
      return fishScript(nodes)
  }
}

/** Walks the words before the cursor down the tree of commands, skipping flags and their values. */
const WALK = `  local at="" word i skip=0
  for ((i = START; i < CURRENT_WORD; i++)); do
    word="WORD_AT_I"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      --*=*) ;;
      -*) case " VALUE_FLAGS " in *" $word "*) skip=1 ;; esac ;;
      *) case "$at $word" in
COMMAND_PATHS
        esac ;;
    esac
  done`

function walkOf(nodes: readonly CompletionNode[], words: Readonly<Record<string, string>>): string {
  const paths = steps(nodes).map(({ from, to }) => `          ${from.join('|')}) at=${to} ;;`)
  let text = WALK.replace('VALUE_FLAGS', valueFlags(nodes).join(' ')).replace(
    'COMMAND_PATHS',
    paths.join('\n')
  )
  for (const [name, value] of Object.entries(words)) text = text.replaceAll(name, value)
  return text
}

/** Quoted: a command with one more word, by its name or an alias, and the command that this is. */
function steps(
  nodes: readonly CompletionNode[]
): readonly { readonly from: readonly string[]; readonly to: string }[] {
  return nodes
    .filter(({ path }) => path !== '')
    .map(({ path, aliases }) => {
      const at = path.lastIndexOf(' ')
      const parent = at < 0 ? '' : path.slice(0, at)
      const names = [path.slice(at + 1), ...aliases]
      return { from: names.map(name => quote(`${parent} ${name}`)), to: quote(path) }
    })
}

function valueFlags(nodes: readonly CompletionNode[]): readonly string[] {
  const names = nodes.flatMap(node => node.flags.filter(flag => flag.takesValue).map(flag => flag.name))
  return [...new Set(names)]
}

function bashScript(nodes: readonly CompletionNode[]): string {
  const answers = nodes.map(({ path, words, commands, flags }) => {
    const all = [...words, ...commands.map(({ name }) => name), ...flags.map(({ name }) => name)]
    return `    ${quote(path)}) words=${quote(all.join(' '))} ;;`
  })
  return `# bash completion of pnyx: source it, or put it into /etc/bash_completion.d
_pnyx() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
${walkOf(nodes, { START: '1', CURRENT_WORD: 'COMP_CWORD', WORD_AT_I: `\${COMP_WORDS[i]}` })}
  case "$previous" in
${choiceCases(nodes, values => `COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$current")); return`)}
    --home|--dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  case "$at" in
${answers.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _pnyx pnyx
`
}

function choiceCases(
  nodes: readonly CompletionNode[],
  answer: (values: readonly string[]) => string
): string {
  const byName = new Map<string, readonly string[]>()
  for (const { flags } of nodes) {
    for (const { name, choices } of flags) if (choices.length > 0) byName.set(name, choices)
  }
  return [...byName].map(([name, values]) => `    ${name}) ${answer(values)} ;;`).join('\n')
}

function zshScript(nodes: readonly CompletionNode[]): string {
  const answers = nodes.map(({ path, words, commands, flags }) => {
    const named = words.map(name => ({ name, description: '' }))
    const entries = [...named, ...commands, ...flags].map(({ name, description }) =>
      quote(`${name}:${description.replaceAll(':', '\\:')}`)
    )
    return `    ${quote(path)}) entries=(${entries.join(' ')}) ;;`
  })
  return `#compdef pnyx
# zsh completion of pnyx: put it as _pnyx into a directory of $fpath, or source it after compinit
_pnyx() {
  local -a entries
${walkOf(nodes, { START: '2', CURRENT_WORD: 'CURRENT', WORD_AT_I: `\${words[i]}` })}
  case "\${words[CURRENT-1]}" in
${choiceCases(nodes, values => `compadd -- ${values.map(quote).join(' ')}; return`)}
    --home|--dir) _files -/; return ;;
  esac
  case "$at" in
${answers.join('\n')}
  esac
  _describe pnyx entries || _files
}
compdef _pnyx pnyx
`
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, words, commands, flags }) => {
    const condition = `-n ${quote(`__pnyx_at ${path === '' ? "''" : `'${path}'`}`)}`
    return [
      ...words.map(word => `complete -c pnyx -f ${condition} -a ${word}`),
      ...commands.map(
        ({ name, description }) => `complete -c pnyx -f ${condition} -a ${name} -d ${quote(description)}`
      ),
      ...flags.map(({ name, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : ''
        return `complete -c pnyx ${condition} -l ${name.slice(2)}${value} -d ${quote(description)}`
      })
    ]
  })
  const paths = steps(nodes).map(
    ({ from, to }) => `                    case ${from.join(' ')}\n                        set at ${to}`
  )
  return `# fish completion of pnyx: put it into ~/.config/fish/completions/pnyx.fish
function __pnyx_at
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case '--*=*'
            case '-*'
                contains -- $word ${valueFlags(nodes).join(' ')}; and set skip 1
            case '*'
                switch "$at $word"
${paths.join('\n')}
                end
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** A word in single quotes, as all three shells read them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
