import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { claimPorts, claimRange, isFreePort } from '../../../scripts/cluster/ports.ts'

const FILE = new URL('../../../scripts/cluster/ports.ts', import.meta.url)
const PORTS = 150
const children: ReturnType<typeof spawn>[] = []

/** A process that claims ports, says the first one and lives on; with the process id of this one it would begin alike. */
async function claimElsewhere(): Promise<number> {
  const code = `Object.defineProperty(process, 'pid', { value: ${process.pid} })
    const { claimRange } = await import('${FILE}')
    process.stdout.write(String(await claimRange(${PORTS})))
    process.stdin.resume()`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code])
  children.push(child)
  const [text] = await once(child.stdout!, 'data')
  return Number(String(text))
}

afterAll(() => {
  for (const child of children) child.kill()
})

describe('ports for processes', () => {
  it('are never given twice, here or elsewhere', async () => {
    const others = await Promise.all([claimElsewhere(), claimElsewhere()])
    const own = [await claimRange(PORTS), await claimRange(PORTS), await claimPorts(4)]
    const bases = [...others, ...own].sort((a, b) => a - b)
    for (const [i, base] of bases.slice(1).entries()) {
      expect(base - bases[i]!).toBeGreaterThanOrEqual(bases[i] === own[2] ? 40 : PORTS)
    }
  })

  it('are free', async () => {
    const base = await claimRange(3)
    const server = createServer()
    await new Promise<void>(done => server.listen(base + 1, '127.0.0.1', done))
    expect(await Promise.all([isFreePort(base), isFreePort(base + 1)])).toEqual([true, false])
    await new Promise(done => server.close(done))
    expect(await isFreePort(base + 1)).toBe(true)
  })
})
