import type { PlantedBug } from '../plant.ts'

/** Algorithm 1, and what it counts with. */
export const MACHINE_BUGS: readonly PlantedBug[] = [
  {
    name: 'quorum is two thirds, not more',
    file: 'types/validator-set.ts',
    find: 'return (totalPower * 2n) / 3n + 1n',
    replace: 'return (totalPower * 2n + 2n) / 3n'
  },
  {
    name: 'one third is enough for a round skip, not more',
    file: 'types/validator-set.ts',
    find: 'return totalPower / 3n + 1n',
    replace: 'return (totalPower + 2n) / 3n'
  },
  {
    name: 'the lock does not bind fresh proposals',
    file: 'consensus/rules/proposal-rules.ts',
    find: 'const lockAllows = locked === null || locked.value === proposal.value\n',
    replace: 'const lockAllows = locked === null || locked.value !== ""\n',
    request: { byzantine: 0, faults: ['votes', 'loss', 'delay'] }
  },
  {
    name: 'the lock does not bind old proposals',
    file: 'consensus/rules/proposal-rules.ts',
    find: 'locked.round <= proposal.polRound ||',
    replace: 'locked.round >= 0 ||',
    request: { byzantine: 0, faults: ['locks'] }
  },
  {
    name: 'the lock never gives way',
    file: 'consensus/rules/proposal-rules.ts',
    find: 'locked.round <= proposal.polRound ||',
    replace: '',
    request: { byzantine: 0, faults: ['locks'] }
  },
  {
    name: 'the polka of an old proposal is not asked for',
    file: 'consensus/rules/proposal-rules.ts',
    find: "return env.view.power('prevote', polRound, value) >= env.quorum",
    replace: 'return value !== ""'
  },
  {
    name: 'a proposal with a polka is taken for a fresh one',
    file: 'consensus/rules/proposal-rules.ts',
    find: 'p.polRound === -1 && isCheckedHere(p, env)',
    replace: 'isCheckedHere(p, env)'
  },
  {
    name: 'an invalid proposal is prevoted',
    file: 'consensus/rules/proposal-rules.ts',
    find: "return env.view.validity(proposal.value) === 'valid'",
    replace: "return env.view.validity(proposal.value) !== 'unknown'"
  },
  {
    name: 'the lock is not taken',
    file: 'consensus/rules/polka-rules.ts',
    find: '    locked: { round, value },\n',
    replace: ''
  },
  {
    name: 'the valid value is not kept with the lock',
    file: 'consensus/rules/polka-rules.ts',
    find: '    valid: { round, value },\n',
    replace: ''
  },
  {
    name: 'the valid value is not learnt outside the prevote step',
    file: 'consensus/rules/polka-rules.ts',
    find: 'if (state.once.polkaValue) return null',
    replace: 'if (state.once.polkaValue || state.round >= 0) return null'
  },
  {
    name: 'a polka for nil waits for its timeout',
    file: 'consensus/rules/polka-rules.ts',
    find: "if (state.step !== 'prevote') return null\n  return env.view.power('prevote', state.round, null)",
    replace:
      "if (state.step !== 'precommit') return null\n  return env.view.power('prevote', state.round, null)"
  },
  {
    name: 'the precommit timeout waits for one value',
    file: 'consensus/rules/timeout-rules.ts',
    find: "if (env.view.powerOfAny('precommit', state.round) < env.quorum) return null",
    replace: "if (env.view.power('precommit', state.round, null) < env.quorum) return null"
  },
  {
    name: 'the prevote timeout is scheduled by every prevote',
    file: 'consensus/rules/timeout-rules.ts',
    find: "if (env.view.powerOfAny('prevote', state.round) < env.quorum) return null",
    replace: "if (env.view.powerOfAny('prevote', state.round) < 1n) return null"
  },
  {
    name: 'a stale timeout is taken',
    file: 'consensus/step.ts',
    find: 'if (timeout.height !== state.height || timeout.round !== state.round) return null',
    replace: 'if (timeout.height !== state.height) return null'
  },
  {
    name: 'first-time flags live on in the next round',
    file: 'consensus/rules/actions.ts',
    find: "step: 'propose', once: NOTHING_YET, building",
    replace: "step: 'propose', building"
  },
  {
    name: 'a valid value is not proposed again',
    file: 'consensus/rules/actions.ts',
    find: 'if (mustPropose && valid !== null) {',
    replace: 'if (mustPropose && valid !== null && round < 0) {'
  },
  {
    name: 'a decision needs no complete block',
    file: 'consensus/rules/decide-rules.ts',
    find: "if (quorum === null || env.view.validity(quorum.value) !== 'valid') return null",
    replace: 'if (quorum === null) return null'
  }
]
