import type {
  BlockSnapshot,
  ConsensusSnapshot,
  RoundSnapshot
} from '../../../../src/cli/diagnosis/snapshot.ts'

export const A = 'AB12CD34'.repeat(8)
export const B = 'CD34EF56'.repeat(8)

/** One letter a validator: `a` and `b` for the two blocks, `n` for nil, `.` for no vote. */
export function votes(letters: string): RoundSnapshot['prevotes'] {
  const values: Record<string, { value: string | null } | null> = {
    a: { value: A },
    b: { value: B },
    n: { value: null },
    '.': null
  }
  return [...letters].map(letter => values[letter]!)
}

export function block(changes: Partial<BlockSnapshot> = {}): BlockSnapshot {
  return { value: A, received: 7, total: 7, validity: 'valid', refusal: '', ...changes }
}

export function round(at: number, changes: Partial<RoundSnapshot> = {}): RoundSnapshot {
  const none = votes('....')
  return { round: at, proposer: at % 4, proposal: 'none', prevotes: none, precommits: none, ...changes }
}

/**
 * Height 812 seen by V0 of four validators with 30, 35, 20 and 15 of the power: healthy unless changed. `silent` names
 * the milliseconds since each validator was heard.
 */
export function snapshot(
  changes: Partial<ConsensusSnapshot> = {},
  silent: readonly (number | null)[] = [10, 10, 10, 10]
): ConsensusSnapshot {
  const powers = [30n, 35n, 20n, 15n]
  const peer = { height: 812, round: changes.round ?? 0, step: 'prevote' }
  return {
    chainId: 'test',
    height: 812,
    round: 0,
    step: 'prevote',
    validators: powers.map((power, i) => ({
      address: `${i}`.repeat(40),
      name: '',
      power,
      lastSeenMs: silent[i] ?? null
    })),
    self: 0,
    rounds: [round(0)],
    locked: null,
    valid: null,
    decided: null,
    isSyncing: false,
    waitsForTxs: false,
    peers: [1, 2, 3].map(i => ({ ...peer, name: `node${i}` })),
    sinceBlockMs: 400,
    sinceRoundMs: 300,
    watchedMs: 600_000,
    usualHeightMs: 6000,
    awaits: '',
    ...changes
  }
}
