import type { PlantedBug } from '../plant.ts'

/** The loop around the machine, its log, the signer. */
export const HOST_BUGS: readonly PlantedBug[] = [
  {
    name: 'a vote leaves before its sign state is on the disk',
    file: 'validator/signer/sign-state-store.ts',
    find: 'await this.#journal.write(next)',
    replace: 'void this.#journal.write(next)'
  },
  {
    name: 'a vote is signed before its causes are on the disk',
    file: 'validator/host/consensus-host.ts',
    find: '      await this.#parts.journal.flush()\n      if (this.#loop.isStopped) return\n',
    replace: ''
  },
  {
    name: 'a part of another block is taken for known',
    file: 'types/part-set.ts',
    find: "if (known !== undefined) return Buffer.compare(known.bytes, part.bytes) === 0 ? 'duplicate' : 'invalid'",
    replace: "if (known !== undefined) return 'duplicate'",
    request: { byzantine: 0, faults: ['locks', 'crash'] }
  },
  {
    name: 'timeouts are not logged',
    file: 'validator/host/consensus-host.ts',
    find: '        if (event.timeout.height !== this.#context.height) return\n        this.#log(event)\n',
    replace: '        if (event.timeout.height !== this.#context.height) return\n'
  },
  {
    name: 'proposals are not logged',
    file: 'validator/host/message-counter.ts',
    find: "    if (counted) log({ kind: 'message', message: toWireMessage(message) })\n",
    replace:
      "    if (counted && message.kind === 'vote') log({ kind: 'message', message: toWireMessage(message) })\n"
  },
  {
    name: 'a conflicting vote that counts is not logged',
    file: 'validator/host/message-counter.ts',
    find: "    if (counted) log({ kind: 'message', message: toWireMessage(message) })\n",
    replace: "    if (outcome.kind === 'added') log({ kind: 'message', message: toWireMessage(message) })\n",
    request: { validators: 4, byzantine: 1, faults: ['crash'] }
  },
  {
    name: 'the block to propose is not logged',
    file: 'validator/host/consensus-host.ts',
    find: '    if (!this.#context.blocks.get(event.value)?.parts.isComplete) return\n    this.#log(event)\n',
    replace: '',
    request: { byzantine: 0, faults: ['crash', 'loss', 'delay'] }
  },
  {
    name: 'the replay leaves out what this node signed',
    file: 'validator/gossip/inbound.ts',
    find: '    const message = this.#admitAgain(record.message)\n    return message &&',
    replace:
      "    const message = record.message.kind === 'proposal' ? null : this.#admitAgain(record.message)\n    return message &&"
  },
  {
    name: 'peers are heard while the log is replayed',
    file: 'validator/host/consensus-host.ts',
    find: '    this.#deferred = null\n    for (const effect of deferred) {\n',
    replace: '    this.#deferred = null\n    this.#loop.open()\n    for (const effect of deferred) {\n'
  },
  {
    name: 'the block that is committed is the first complete one',
    file: 'validator/host/consensus-host.ts',
    find: '    const entry = blocks.get(key)\n    // Judged once',
    replace: '    const entry = [...blocks.entries()].find(({ block }) => block !== null)\n    // Judged once'
  },
  {
    name: 'the block that is committed is the first complete one, of too many liars',
    file: 'validator/host/consensus-host.ts',
    find: '    const entry = blocks.get(key)\n    // Judged once',
    replace:
      '    const entry = [...blocks.entries()].find(({ block }) => block !== null)\n    // Judged once',
    request: { validators: 4, byzantine: 2 }
  },
  {
    name: 'the log does not learn where a height ends',
    file: 'validator/host/consensus-host.ts',
    find: '    journal.endHeight(this.#context.height)\n',
    replace: ''
  },
  {
    name: 'the log does not learn where a height begins',
    file: 'validator/open-node.ts',
    find: 'if (!logged.hasStart && !hasSignedSince(options.signer, state)) {',
    replace: 'if (!logged.hasStart && state.lastBlockHeight < 0) {'
  },
  {
    name: 'a node that lost its log signs on',
    file: 'validator/host/vote-maker.ts',
    find: 'if (this.#isSilent || effect.height <= this.#parts.silentThrough) return null',
    replace: 'if (this.#isSilent) return null',
    request: { faults: ['corruption', 'loss', 'crash'] }
  },
  {
    name: 'the guard forgets the step',
    file: 'validator/signer/last-sign-state.ts',
    find: "return step > last.step ? 'new' : { refused }",
    replace: "return step >= 0 ? 'new' : { refused }"
  },
  {
    name: 'the guard signs the same place again',
    file: 'validator/signer/last-sign-state.ts',
    find: "  return 'same'\n",
    replace: "  return 'new'\n"
  },
  {
    name: 'the guard has no memory between two starts',
    file: 'validator/signer/sign-state-store.ts',
    find: 'const last = journal.newest === null ? state : laterState(state, journal.newest)',
    replace: 'const last = state'
  }
]
