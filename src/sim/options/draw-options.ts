import { drawBehaviours } from '../byzantine/make-behaviours.ts'
import { makePrng, type Prng } from '../prng.ts'
import { FAULT_CLASSES, type FaultClass } from './fault-class.ts'
import {
  type EvidenceAge,
  isMinority,
  type Misfit,
  type NetworkOptions,
  nodeName,
  SIM_LIMITS,
  type SimOptions,
  type SimRequest
} from './sim-options.ts'

/** Classes that change the whole life of a run: most runs go without. */
const RARE_FAULTS: readonly FaultClass[] = ['locks', 'rotation', 'pruning']

/**
 * Draws from the seed what was not asked for ("swarm"): each run has some fault classes on and others off, at rates of
 * its own, since a fault can hide behind another one. Every choice has a stream of its own.
 */
export function drawOptions(request: SimRequest): SimOptions {
  const { seed } = request
  const prng = makePrng(seed)
  const validators = request.validators ?? drawValidators(prng.fork('validators'), request.byzantine ?? 0)
  const powers = drawPowers(validators, prng.fork('powers'))
  const faults = request.faults ?? [
    ...drawFaults(prng.fork('faults')),
    ...drawRareFaults(prng.fork('rare faults'))
  ]
  const byzantine = drawByzantine(request, powers, prng.fork('byzantine'))
  const other = prng.fork('other')
  const spares = other.between(1, 2)
  const drawnHeights = other.between(5, 15)
  const heights = request.heights ?? drawnHeights
  const createEmptyBlocks = other.chance(0.85)
  return {
    seed,
    powers,
    spares: faults.includes('membership') ? spares : 0,
    heights,
    scheme: request.scheme ?? 'hash',
    app: request.app ?? 'kvstore',
    faults,
    byzantine,
    faultMs: Math.round(heights * other.pick([400, 900, 1500])),
    network: drawNetwork(faults, validators, prng.fork('network')),
    diskLatencyMs: other.chance(0.5) ? 0 : other.pick([0.2, 2, 20]),
    txsPerSecond: createEmptyBlocks ? other.pick([0, 2, 20]) : 10,
    createEmptyBlocks,
    timeoutCommitMs: other.pick([50, 300, 800]),
    skipTimeoutCommit: other.chance(0.15),
    // Stake is held for as long as evidence may come: there the defaults belong together.
    evidenceAge: request.app === 'staking' ? null : drawEvidenceAge(prng.fork('evidence age')),
    without: request.without ?? []
  }
}

/** Enough to bear as many Byzantine validators as were asked for. */
function drawValidators(prng: Prng, byzantine: number): number {
  const drawn = prng.pick([1, 2, 3, 4, 4, 4, 4, 4, 5, 5, 6, 7, 7])
  return byzantine === 0 ? drawn : Math.min(Math.max(drawn, 3 * byzantine + 1), SIM_LIMITS.validators)
}

function drawPowers(validators: number, prng: Prng): readonly number[] {
  const kind = prng.float()
  if (kind < 0.6) return new Array(validators).fill(10)
  if (kind < 0.85) return Array.from({ length: validators }, () => prng.between(1, 20))
  // One validator without whom nothing is decided.
  const others = Math.max(validators - 1, 1)
  return Array.from({ length: validators }, (_, index) => (index === 0 ? 6 * others : 10))
}

function drawFaults(prng: Prng): readonly FaultClass[] {
  const share = prng.pick([0, 0.2, 0.4, 0.6, 1])
  return FAULT_CLASSES.filter(fault => !RARE_FAULTS.includes(fault)).filter(() => prng.chance(share))
}

function drawRareFaults(prng: Prng): readonly FaultClass[] {
  return RARE_FAULTS.filter(() => prng.chance(0.2))
}

/** As many as asked for, or up to what the network must tolerate. */
function drawByzantine(request: SimRequest, powers: readonly number[], prng: Prng): readonly Misfit[] {
  const order = prng.shuffle(powers.map((_, index) => index))
  const tolerable: number[] = []
  for (const index of order) if (isMinority(powers, [...tolerable, index])) tolerable.push(index)
  const isHonestRun = prng.chance(0.45)
  const drawn = isHonestRun || tolerable.length === 0 ? 0 : prng.between(1, tolerable.length)
  const rest = order.filter(index => !tolerable.includes(index))
  return [...tolerable, ...rest]
    .slice(0, request.byzantine ?? drawn)
    .sort((a, b) => a - b)
    .map(validator => drawMisfit(request, validator, prng.fork(`kind ${validator}`)))
}

function drawMisfit({ seed, twins }: SimRequest, validator: number, prng: Prng): Misfit {
  const drawn = prng.pick(['mask', 'mask', 'mask', 'free', 'twins', 'twins'] as const)
  const withoutTwins = drawn === 'twins' ? 'mask' : drawn
  const kind = twins === true ? 'twins' : twins === false ? withoutTwins : drawn
  const behaviours = kind === 'mask' ? drawBehaviours(seed, nodeName(validator)) : []
  return { validator, kind, behaviours }
}

function drawEvidenceAge(prng: Prng): EvidenceAge | null {
  const age = { blocks: prng.between(1, 5), ms: prng.pick([200, 1000, 3000]) }
  return prng.chance(0.3) ? age : null
}

function drawNetwork(faults: readonly FaultClass[], validators: number, prng: Prng): NetworkOptions {
  const isSlow = faults.includes('delay')
  const draws = {
    delay: prng.pick([10, 50, 200]),
    loss: prng.float(),
    duplicate: prng.float(),
    replay: prng.float()
  }
  return {
    minDelayMs: 1,
    maxDelayMs: isSlow ? draws.delay : 3,
    loss: faults.includes('loss') ? 0.3 * draws.loss : 0,
    duplicate: faults.includes('duplication') ? 0.5 * draws.duplicate : 0,
    replay: faults.includes('replay') ? 0.3 * draws.replay : 0,
    relays: prng.chance(0.3) && validators > 3
  }
}
