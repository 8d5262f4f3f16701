/** Why a chain stands where it stands, as one node sees it. */
export type Situation =
  | 'healthy'
  | 'validatorsAway'
  | 'waitingForTransactions'
  | 'syncing'
  | 'behind'
  | 'noPeers'
  | 'isolated'
  | 'appHashMismatch'
  | 'invalidDecision'
  | 'decidedBlockMissing'
  | 'proposerSilent'
  | 'blockPartsMissing'
  | 'invalidBlock'
  | 'votesMissing'
  | 'splitVotes'
  | 'votedNil'

export type Health = 'ok' | 'slow' | 'stuck'

export interface Finding {
  readonly situation: Situation
  /** What is the matter, without the height and round before it. */
  readonly text: string
  /** What a person can do about it, one line. */
  readonly advice: string
}

export interface Diagnosis {
  readonly situation: Situation
  /** `slow`: longer than usual, and may still go on by itself. `stuck`: a person should look. */
  readonly health: Health
  /** One sentence for a person. */
  readonly sentence: string
  readonly advice: string
}
