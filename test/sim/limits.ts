/** Most time for one test. They take seconds; the limit is for machines that are busy with something else. */
export const BUSY = { timeout: 15 * 60_000 } as const
