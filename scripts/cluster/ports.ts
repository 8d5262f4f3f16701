import { createServer } from 'node:net'
import { LOCAL_HOST, LOCAL_PORTS_PER_NODE } from '../../src/cli/local-ports.ts'

/** Below the range from which systems take ports for outgoing connections. */
const FIRST_PORT = 12_000
const LAST_PORT = 32_000
/** Networks of processes with neighbouring ids lie this many ports apart. */
const PORTS_PER_PROCESS = 200

let next = FIRST_PORT + ((process.pid * PORTS_PER_PROCESS) % (LAST_PORT - FIRST_PORT))

/** A port after which those of `nodes` nodes are free on the loopback interface; never the same one twice. */
export async function claimPorts(nodes: number): Promise<number> {
  const count = nodes * LOCAL_PORTS_PER_NODE
  for (;;) {
    if (next + count > LAST_PORT) next = FIRST_PORT
    const base = next
    next += count
    const ports = Array.from({ length: count }, (_, index) => base + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: LOCAL_HOST, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
