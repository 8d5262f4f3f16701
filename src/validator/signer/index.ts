export { EMPTY_SIGN_STATE, type LastSignState, SIGN_STEP } from './last-sign-state.ts'
export { laterState, newestInJournal, signJournalPath } from './sign-journal.ts'
export { formatSignState, parseSignState, SignerError } from './sign-state-file.ts'
export { FileSigner, hasSignedSince, type Signed, type Signer, type SigningKey } from './signer.ts'
