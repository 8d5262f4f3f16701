import type { PlantedBug } from '../plant.ts'

/** Finding, proving and punishing misbehaviour. */
export const EVIDENCE_BUGS: readonly PlantedBug[] = [
  {
    name: 'signatures in evidence are not checked',
    file: 'evidence/verify-duplicate.ts',
    find: 'if (verifier.verify(accused.publicKey, voteSignBytes(chainId, vote), vote.signature)) continue',
    replace: 'if (verifier.verify !== undefined) continue',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'votes of two rounds are taken for evidence',
    file: 'evidence/verify-duplicate.ts',
    find: 'if (voteA.height !== voteB.height || voteA.round !== voteB.round || voteA.type !== voteB.type) {',
    replace: 'if (voteA.height !== voteB.height || voteA.type !== voteB.type) {',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'evidence height is off by one',
    file: 'evidence/evidence-context.ts',
    find: 'if (height > context.lastHeight) {',
    replace: 'if (height >= context.lastHeight) {',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'evidence never expires',
    file: 'evidence/evidence-context.ts',
    find: 'return ageBlocks > maxAgeNumBlocks &&',
    replace: 'return ageBlocks > maxAgeNumBlocks + 1_000_000 &&',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the first bound of age is enough to expire',
    file: 'evidence/evidence-context.ts',
    find: 'return ageBlocks > maxAgeNumBlocks && nanosBetween',
    replace: 'return ageBlocks > maxAgeNumBlocks || nanosBetween',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'evidence is committed twice',
    file: 'evidence/evidence-pool.ts',
    find: "      if (this.#ledger.isCommitted(key, state.lastBlockHeight)) return 'evidence was already committed'\n",
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the detector remembers the last vote, not the first',
    file: 'evidence/fault-detector.ts',
    find: "    if (known === undefined) return { kind: this.#remember(traces, signed) ? 'first' : 'ignored' }\n",
    replace:
      "    if (this.#remember(traces, signed) && known === undefined) return { kind: 'first' }\n    if (known === undefined) return { kind: 'ignored' }\n"
  },
  {
    name: 'two precommits of one round are no offence',
    file: 'evidence/fault-detector.ts',
    find: '    if (known.isReported) return',
    replace: "    if (known.isReported || signed.step === 'precommit') return",
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'offences of the height in progress are dropped',
    file: 'evidence/evidence-pool.ts',
    find: '    this.#drafts.set(key, offence)\n',
    replace: '',
    request: { validators: 4, byzantine: 1, faults: [] }
  },
  {
    name: 'the app is not told of double proposals',
    file: 'validator/commit-info.ts',
    find: '        return [{ ...common, type: item.kind, height: item.proposalA.height, validator: { address, power } }]\n',
    replace: '        return address === power.toString() ? [] : []\n'
  },
  {
    name: 'who was punished is slashed again',
    file: 'evidence/slashing/begin-block.ts',
    find: 'if (accused.has(operator) || state.signingInfo(operator)?.tombstoned) return',
    replace: 'if (accused.has(operator)) return',
    request: { app: 'staking' }
  },
  {
    name: 'the power of a slash is that of today',
    file: 'evidence/slashing/begin-block.ts',
    find: 'const request = { operator, infractionHeight: height - 1, power: validator.power, fraction }',
    replace:
      'const power = state.validator(operator)!.tokens / state.tokensPerPower\n    const request = { operator, infractionHeight: height - 1, power, fraction }',
    request: { app: 'staking' }
  },
  {
    name: 'a slash takes the whole stake',
    file: 'evidence/slashing/slash.ts',
    find: 'let target = shareOf(power * state.tokensPerPower, fraction)',
    replace: 'let target = power * state.tokensPerPower',
    request: { app: 'staking' }
  },
  {
    name: 'slashed tokens stay in the supply',
    file: 'evidence/slashing/slash.ts',
    find: "  state.burn(validator.status === 'bonded' ? 'bonded' : 'notBonded', amount)\n",
    replace: '',
    request: { app: 'staking' }
  },
  {
    name: 'a jailed validator stays in the set',
    file: 'evidence/slashing/active-set.ts',
    find: 'const active = strongest.filter(({ jailed }) => !jailed).slice(',
    replace: 'const active = strongest.slice(',
    request: { app: 'staking' }
  }
]
