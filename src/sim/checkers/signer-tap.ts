import { blockIdKey, type Hex, type Proposal, type Vote } from '../../types/index.ts'
import type { Signer } from '../../validator/index.ts'
import type { SignedStatement } from './vote-book.ts'

export interface SignerWatch {
  /** The node is about to ask for a signature. */
  onAsked(wish: Omit<SignedStatement, 'signature'>): void
  onSigned(address: Hex, statement: SignedStatement): void
  onRefused(address: Hex, wish: Omit<SignedStatement, 'signature'>, reason: string): void
}

/** A signer that tells what it hands out, and what it refuses. */
export function tapSigner(signer: Signer, watch: SignerWatch): Signer {
  return {
    publicKey: signer.publicKey,
    address: signer.address,
    get last() {
      return signer.last
    },
    async signVote(chainId, vote) {
      watch.onAsked(statementOfVote(vote))
      const signed = await signer.signVote(chainId, vote)
      if (signed.ok) watch.onSigned(signer.address, statementOfVote(signed.value))
      else watch.onRefused(signer.address, statementOfVote(vote), signed.refused)
      return signed
    },
    async signProposal(chainId, proposal) {
      watch.onAsked(statementOfProposal(proposal))
      const signed = await signer.signProposal(chainId, proposal)
      if (signed.ok) watch.onSigned(signer.address, statementOfProposal(signed.value))
      else watch.onRefused(signer.address, statementOfProposal(proposal), signed.refused)
      return signed
    }
  }
}

export function statementOfVote(vote: Vote): SignedStatement {
  const { type: kind, height, round, blockId, signature } = vote
  return { kind, height, round, value: blockIdKey(blockId), polRound: -1, signature: textOf(signature) }
}

export function statementOfProposal(proposal: Proposal): SignedStatement {
  const { height, round, polRound, blockId, signature } = proposal
  const value = blockIdKey(blockId)
  return { kind: 'proposal', height, round, value, polRound, signature: textOf(signature) }
}

function textOf(signature: Uint8Array): string {
  return Buffer.from(signature).toString('latin1')
}
