/**
 * `--trace` is a flag of every command and says where an error came from; for `simulate`, with a file behind it, it is
 * where the trace of the run goes, and called `--trace-file` inside.
 */
export function spellTraceFile(args: readonly string[]): string[] {
  if (args.find(arg => !arg.startsWith('-')) !== 'simulate') return [...args]
  return args.map((arg, index) => {
    if (arg.startsWith('--trace=')) return `--trace-file=${arg.slice('--trace='.length)}`
    const next = args[index + 1]
    const hasFile = next !== undefined && !next.startsWith('-') && index > args.indexOf('simulate')
    return arg === '--trace' && hasFile ? '--trace-file' : arg
  })
}
