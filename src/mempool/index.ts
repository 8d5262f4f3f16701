export type { VerifiedMessage, VerifiedProposal, VerifiedVote } from './verified.ts'
