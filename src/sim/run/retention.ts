import type { Application } from '../../app/index.ts'
import { drawPlan } from '../plan/draw-plan.ts'
import { makePrng } from '../prng.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

/** Blocks an application keeps, where nobody needs more. */
const WINDOWS = [1, 2, 5, 15] as const

/**
 * Which blocks applications let go. Tendermint promises nothing to a node that lacks what nobody has any more, so
 * somebody always has it: in some runs one honest node keeps every block, and the others keep what that one lacks; in
 * the rest everybody keeps what the last of the honest nodes lacks.
 */
export class Retention {
  readonly #world: World
  /** Whom the others wait for. */
  readonly #needy: readonly Machine[]
  readonly #archive: Machine | null

  constructor(world: World) {
    this.#world = world
    const { options, honest } = world
    const prng = makePrng(`${options.seed}/pruning`)
    const damaged = new Set(
      drawPlan(options).flatMap(({ action }) => (action.kind === 'flipBit' ? [action.node] : []))
    )
    const steady = honest.filter(({ index }) => !damaged.has(index))
    // What a damaged disk has lost, its node needs again, from however long ago.
    const hasArchive = damaged.size > 0 || prng.chance(0.5)
    const archive = prng.pick(steady) ?? null
    this.#archive = hasArchive ? archive : null
    this.#needy = this.#archive === null ? honest : [this.#archive]
  }

  /** The machine's application, which names the height below which it needs no block. */
  wrap(app: Application, machine: Machine): Application {
    const prng = makePrng(`${this.#world.options.seed}/pruning/${machine.name}`)
    const window = prng.pick(WINDOWS)
    let height = 0
    return {
      ...boundMethods(app),
      finalizeBlock: request => {
        height = request.height
        return app.finalizeBlock(request)
      },
      commit: async () => {
        await app.commit()
        machine.retainHeight = Math.max(machine.retainHeight, this.#retainHeight(machine, height, window))
        return { retainHeight: machine.retainHeight }
      }
    }
  }

  #retainHeight(machine: Machine, height: number, window: number): number {
    if (machine === this.#archive || this.#needy.length === 0) return 0
    const lacking = Math.min(...this.#needy.map(({ acknowledged }) => acknowledged)) + 1
    return Math.max(0, Math.min(height - window + 1, lacking))
  }
}

function boundMethods(app: Application): Application {
  return {
    info: () => app.info(),
    initChain: request => app.initChain(request),
    checkTx: request => app.checkTx(request),
    prepareProposal: request => app.prepareProposal(request),
    processProposal: request => app.processProposal(request),
    extendVote: request => app.extendVote(request),
    verifyVoteExtension: request => app.verifyVoteExtension(request),
    finalizeBlock: request => app.finalizeBlock(request),
    commit: () => app.commit(),
    query: request => app.query(request),
    listSnapshots: () => app.listSnapshots(),
    offerSnapshot: (...offer) => app.offerSnapshot(...offer),
    loadSnapshotChunk: (...which) => app.loadSnapshotChunk(...which),
    applySnapshotChunk: (...chunk) => app.applySnapshotChunk(...chunk),
    close: () => app.close()
  }
}
