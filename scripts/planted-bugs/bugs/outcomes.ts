import type { PlantedBug } from '../plant.ts'

/**
 * Checkers of what comes out in the end: those that watch single moves see the same defects sooner, so here one checker
 * is asked alone.
 */
export const OUTCOME_BUGS: readonly PlantedBug[] = [
  {
    name: 'a quorum is a third: two blocks at one height',
    file: 'types/validator-set.ts',
    find: 'return (totalPower * 2n) / 3n + 1n',
    replace: 'return totalPower / 3n + 1n',
    request: { byzantine: 0, faults: ['partition', 'loss', 'delay'] },
    only: 'agreement'
  },
  {
    name: 'the lock is not taken: a vote against it',
    file: 'consensus/rules/polka-rules.ts',
    find: 'locked: { round, value },',
    replace: 'locked: null,',
    only: 'lock'
  },
  {
    name: 'one transaction of a block is executed in place of all',
    file: 'validator/block-executor.ts',
    find: '        txs,\n        decidedLastCommit:',
    replace: '        txs: txs.map(() => txs[0]!),\n        decidedLastCommit:',
    only: 'determinism'
  },
  {
    name: 'a block of a peer is taken without proof: a fork of which too few are guilty',
    file: 'validator/block-executor.ts',
    find: 'if (unproved !== null) return',
    replace: "if (unproved === 'x') return",
    request: { validators: 4, byzantine: 2 },
    only: 'accountability'
  }
]
