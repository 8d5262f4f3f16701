import { simAppOf, type TxMaker } from '../apps/index.ts'
import type { PlanItem } from '../plan/plan-item.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

/** A client tries again with another node when one is down. */
const RETRY_MS = 200

/** People who send transactions to whatever node answers. */
export class Clients {
  readonly #world: World
  /** The least power each key may have, of all that was asked for and may yet be committed. */
  readonly #least: number[]
  /** Keys that the network must be able to do without: of misfits, and of machines that will be damaged. */
  readonly #frailKeys: ReadonlySet<number>
  readonly #txs: TxMaker
  #accepted = 0

  constructor(world: World, plan: readonly PlanItem[]) {
    this.#world = world
    const { seed, app, powers, spares, byzantine } = world.options
    const { crypto, genesis } = world.cluster
    this.#txs = simAppOf(app).makeTxs({
      seed,
      chainId: genesis.chainId,
      keys: Array.from({ length: powers.length + spares }, (_, index) => crypto.key(seed, index)),
      prng: world.prng.fork('clients'),
      app: world.ledger.app
    })
    const damaged = plan.flatMap(({ action }) => (action.kind === 'flipBit' ? [action.node] : []))
    this.#frailKeys = new Set([...damaged, ...byzantine.map(({ validator }) => validator)])
    this.#least = [...powers, ...new Array(spares).fill(0)]
  }

  /** Transactions that some node took. */
  get accepted(): number {
    return this.#accepted
  }

  /** Sends transactions at the drawn rate for as long as the run goes on. */
  start(): void {
    const { txsPerSecond } = this.#world.options
    if (txsPerSecond === 0) return
    const { queue } = this.#world.cluster
    const next = (): void => {
      const { prng } = this.#world
      this.#submit(this.#txs.next())
      queue.plan((1000 / txsPerSecond) * (0.5 + prng.float()), next)
    }
    queue.plan(0, next)
  }

  /** Asks for another power of a key, if the network can bear it whatever comes of the requests before it. */
  submitPower(machine: Machine, power: number): void {
    const { options, coverage } = this.#world
    const before = this.#least[machine.key]!
    if (this.#frailKeys.has(machine.key) && power > before) return
    const least = [...this.#least]
    least[machine.key] = Math.min(before, power)
    const frailPower = [...this.#frailKeys].reduce((sum, key) => sum + (options.powers[key] ?? 0), 0)
    const steady = least.reduce((sum, each, key) => (this.#frailKeys.has(key) ? sum : sum + each), 0)
    if (steady === 0 || (frailPower > 0 && 2 * frailPower >= steady)) return
    this.#least[machine.key] = least[machine.key]!
    coverage.faults.add(`membership/${power === 0 ? 'leave' : before === 0 ? 'join' : 'power'}`)
    this.#submit(this.#txs.setPower(machine.key, before, power))
  }

  #submit(making: Promise<Uint8Array | null>): void {
    void making.then(tx => {
      if (tx !== null) this.#send(tx)
    })
  }

  #send(tx: Uint8Array): void {
    const { machines, prng, cluster, hash } = this.#world
    const { node } = prng.pick(machines).sim
    if (node === null) {
      cluster.queue.plan(RETRY_MS, () => this.#send(tx))
      return
    }
    node.txPool.checkTx(tx).then(
      outcome => {
        hash.text(outcome.kind)
        if (outcome.kind === 'checked' && outcome.added) this.#accepted++
      },
      () => {}
    )
  }
}
