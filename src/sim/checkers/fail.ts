/** What must always hold; the words under which a broken one is reported. */
export type Invariant =
  | 'agreement'
  | 'validity'
  | 'integrity'
  | 'double signing'
  | 'lock'
  | 'guard'
  | 'durability'
  | 'termination'
  | 'determinism'
  | 'boundedness'
  | 'coherence'
  | 'algorithm'
  | 'blame'
  | 'crash'
  | 'soundness'
  | 'completeness'
  | 'accountability'
  | 'conservation'

/** Tells that an invariant is broken, in one sentence. Never throws: the node under test must not notice. */
export type Fail = (invariant: Invariant, sentence: string) => void
