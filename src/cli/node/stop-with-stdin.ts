/**
 * Asks this process to stop when its standard input ends: a process that was given a pipe by its parent then never
 * outlives it, whatever ended the parent. Returns the way to undo it.
 */
export function stopWithStdin(): () => void {
  const { stdin } = process
  const onEnd = () => void process.kill(process.pid, 'SIGTERM')
  stdin.once('end', onEnd).resume()
  return () => void stdin.off('end', onEnd).pause()
}
