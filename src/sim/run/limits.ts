/** Rounds that a height may take once all faults are over; more than one Byzantine proposer after another explain. */
export const MAX_ROUNDS_AFTER_HEAL = 8
