/** Limits of CometBFT v0.38 on what a message may carry. Lengths are in bytes. */
export const MAX_CHAIN_ID_BYTES = 50
export const MAX_SIGNATURE_BYTES = 64
/** Entries of a commit (types.MaxVotesCount). */
export const MAX_COMMIT_SIGNATURES = 10000
export const MAX_HEADER_BYTES = 626
/** Framing of a block beside its header, commit, evidence and transactions (types.MaxOverheadForBlock). */
export const MAX_BLOCK_OVERHEAD_BYTES = 11
export const MAX_COMMIT_OVERHEAD_BYTES = 94
export const MAX_COMMIT_SIG_BYTES = 109

/** Limits of ours, so that a short message cannot unfold into a large heap. A block builder must keep to them too. */
export const MAX_TXS_PER_BLOCK = 200_000
export const MAX_EVIDENCE_PER_BLOCK = 4096
export const MAX_VOTE_EXTENSION_BYTES = 1024 * 1024
