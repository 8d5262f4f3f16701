import type { PlantedBug } from '../plant.ts'

/** What a block must be, and what follows from it. */
export const BLOCK_BUGS: readonly PlantedBug[] = [
  {
    name: 'the last commit of a block is not verified',
    file: 'validator/block-validation.ts',
    find: '    checkLastCommit(state, block, verifier) ??\n',
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'signatures of the last commit are not checked',
    file: 'types/verify-commit.ts',
    find: 'if (!verifier.verify(key, signBytes(entry.timestamp), entry.signature)) {',
    replace: 'if (verifier === undefined) {',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the power of a commit is not counted',
    file: 'types/verify-commit.ts',
    find: '    powerProblem(powerForBlock(set, commit), (set.totalPower * 2n) / 3n) ??\n',
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'addresses in a commit are not compared with the set',
    file: 'types/verify-commit.ts',
    find: 'if (entry.validatorAddress !== address) {',
    replace: "if (entry.validatorAddress === '') {",
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'block time is not held to the median',
    file: 'types/block-time.ts',
    find: '  return compareTimestamps(time, wanted) === 0\n    ? null\n    : `invalid block time',
    replace: '  return compareTimestamps(time, time) === 0\n    ? null\n    : `invalid block time'
  },
  {
    name: 'the median time is not weighted',
    file: 'types/median-time.ts',
    find: 'times.push({ time: entry.timestamp, power: set.validators[index]!.power })',
    replace: 'times.push({ time: entry.timestamp, power: 1n })'
  },
  {
    name: 'the app hash of a block is not checked',
    file: 'validator/block-validation.ts',
    find: 'if (header.appHash !== state.appHash) return',
    replace: "if (header.appHash === 'x') return",
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the proposer of a block is not checked',
    file: 'validator/block-validation.ts',
    find: "  if (!state.validators.indexByAddress.has(header.proposerAddress)) return 'proposer is not a validator'\n",
    replace: ''
  },
  {
    name: 'the validators of a block are not checked',
    file: 'validator/block-validation.ts',
    find: "  if (header.validatorsHash !== state.validators.hash) return 'validators hash differs'\n",
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the parent of a block is not checked',
    file: 'validator/block-validation.ts',
    find: "  if (!blockIdsEqual(header.lastBlockId, state.lastBlockId)) return 'last block id is another'\n",
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'validator updates sign a height too early',
    file: 'types/next-chain-state.ts',
    find: '    validators: state.nextValidators,\n',
    replace: '    validators: updated,\n'
  },
  {
    name: 'ties of proposers go to the highest address',
    file: 'types/proposer-priority.ts',
    find: 'if (priority === highest && addressRanks[index]! > addressRanks[chosen]!) continue',
    replace: 'if (priority === highest && addressRanks[index]! < addressRanks[chosen]!) continue'
  },
  {
    name: 'who joins does not wait for a turn',
    file: 'types/validator-set-update.ts',
    find: 'const start = -(powerBeforeRemovals + (powerBeforeRemovals >> 3n))',
    replace: 'const start = -powerBeforeRemovals'
  },
  {
    name: 'a late precommit for another block enters the last commit',
    file: 'validator/last-commit.ts',
    find: "if (key !== '' && key !== this.#key) return false",
    replace: "if (key === 'x') return false",
    request: { validators: 4, byzantine: 1, faults: [] }
  }
]
