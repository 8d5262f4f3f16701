import { createServer, type Server } from 'node:net'
import { LOCAL_HOST, LOCAL_PORTS_PER_NODE } from '../../src/cli/local-ports.ts'
import { assert } from '../../src/util/index.ts'

/** Below the range from which systems take ports for outgoing connections. */
const FIRST_PORT = 12_000
const BLOCKS = 100
const PORTS_PER_BLOCK = 200

/** What is left of the block this process holds. */
let next = 0
let end = 0

/** A port after which those of `nodes` nodes are free on the loopback interface; never the same one twice. */
export function claimPorts(nodes: number): Promise<number> {
  return claimRange(nodes * LOCAL_PORTS_PER_NODE)
}

/**
 * The first of `count` neighbouring ports that are free on the loopback interface. No other process that asks here gets
 * one of them while this one lives: it listens on the first port of its block as long.
 */
export async function claimRange(count: number): Promise<number> {
  assert(count < PORTS_PER_BLOCK, `${count} ports are more than there are in a block`)
  for (;;) {
    if (next + count > end) await takeBlock()
    const base = next
    next += count
    const ports = Array.from({ length: count }, (_, index) => base + index)
    if ((await Promise.all(ports.map(isFreePort))).every(Boolean)) return base
  }
}

async function takeBlock(): Promise<void> {
  for (let tried = 0; tried < BLOCKS; tried++) {
    const start = FIRST_PORT + ((process.pid + tried) % BLOCKS) * PORTS_PER_BLOCK
    const guard = await listen(start)
    if (guard === null) continue
    guard.unref()
    next = start + 1
    end = start + PORTS_PER_BLOCK
    return
  }
  assert(false, `no ports are left between ${FIRST_PORT} and ${FIRST_PORT + BLOCKS * PORTS_PER_BLOCK}`)
}

/** Whether nobody listens on a port of the loopback interface. */
export async function isFreePort(port: number): Promise<boolean> {
  const server = await listen(port)
  if (server === null) return false
  await new Promise(done => server.close(done))
  return true
}

function listen(port: number): Promise<Server | null> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen({ host: LOCAL_HOST, port, exclusive: true }, () => resolve(server))
  })
}
