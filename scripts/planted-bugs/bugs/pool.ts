import type { PlantedBug } from '../plant.ts'

/** The message pool and its door. */
export const POOL_BUGS: readonly PlantedBug[] = [
  {
    name: 'the pool counts a first vote only',
    file: 'mempool/pool-message.ts',
    find: 'votesPerValidator: 2,',
    replace: 'votesPerValidator: 1,',
    request: { validators: 4, byzantine: 1 }
  },
  {
    name: 'rounds to come are kept without bound',
    file: 'mempool/pool-message.ts',
    find: 'futureRoundsPerValidator: 2,',
    replace: 'futureRoundsPerValidator: 100_000,',
    request: { validators: 4, byzantine: 1 }
  },
  {
    name: 'old heights stay in the pool',
    file: 'validator/host/consensus-host.ts',
    find: '    pool.pruneBelow(this.#context.height)\n',
    replace: ''
  },
  {
    name: 'an index is keyed by the wrong field',
    file: 'mempool/message-index.ts',
    find: 'const bucket = this.#by[field].get(message[field])\n      if (bucket === undefined) this.#by[field].set(message[field], new Set([message]))',
    replace:
      'const bucket = this.#by[field].get(message.round)\n      if (bucket === undefined) this.#by[field].set(message.round, new Set([message]))'
  },
  {
    name: 'an evicted vote still counts',
    file: 'mempool/vote-tally.ts',
    find: '    tally.power -= power\n',
    replace: '',
    request: { validators: 7, byzantine: 2 }
  },
  {
    name: 'a validator that votes twice counts twice',
    file: 'mempool/vote-tally.ts',
    find: '      votes.push(vote)\n',
    replace: '      votes.push(vote)\n      this.#powerOfAny += power\n'
  },
  {
    name: 'a certificate needs no quorum',
    file: 'mempool/height-pool.ts',
    find: "return power >= this.quorum ? null : 'notACertificate'",
    replace: "return power > 0n ? null : 'notACertificate'",
    request: { validators: 4, byzantine: 1 }
  },
  {
    name: 'vote signatures are not checked',
    file: 'mempool/admit.ts',
    find: 'if (!verifier.verify(signer.publicKey, voteSignBytes(chainId, vote), vote.signature)) {',
    replace: 'if (vote.signature.length === 0) {'
  },
  {
    name: 'a vote may name another validator than its index',
    file: 'mempool/admit.ts',
    find: 'if (signer === undefined || signer.address !== vote.validatorAddress) {',
    replace: 'if (signer === undefined) {'
  },
  {
    name: 'proposals are judged by the proposer of round 0',
    file: 'mempool/admit.ts',
    find: 'const proposer = proposerOfRound(place.set, proposal.round)',
    replace: 'const proposer = proposerOfRound(place.set, 0)'
  },
  {
    name: 'frames are forwarded with what was put aside unread',
    file: 'mempool/admission.ts',
    find: "  if (!messages.every(({ reason }) => LOOKED_THROUGH.has(reason))) return 'ignore'\n",
    replace: '',
    request: { validators: 7, byzantine: 2, faults: [] }
  },
  {
    name: 'part proofs are not checked',
    file: 'types/part-set.ts',
    find: "if (!verifyMerkleProof(part.proof, this.header.hash, part.bytes)) return 'invalid'",
    replace: "if (part.bytes.length < 0) return 'invalid'",
    request: { validators: 4, byzantine: 1 }
  }
]
