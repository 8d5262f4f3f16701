declare const verified: unique symbol

/**
 * The mark of a message whose signer was in the validator set of its height and signed it. Only admission sets it, so a
 * function that takes a marked message needs no checks.
 */
export interface Verified {
  readonly [verified]: true
}
