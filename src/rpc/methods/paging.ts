import { callFailed } from '../rpc-error.ts'

const DEFAULT_PER_PAGE = 30
const MAX_PER_PAGE = 100

/** Entries a page, from what was asked: 30 by default, at most 100 (CometBFT validatePerPage). */
export function resolvePerPage(asked: bigint | null): number {
  if (asked === null || asked < 1n) return DEFAULT_PER_PAGE
  return asked > BigInt(MAX_PER_PAGE) ? MAX_PER_PAGE : Number(asked)
}

/** The entries of one page, counted from 1. */
export function pageOf<T>(items: readonly T[], page: bigint | null, perPage: number): readonly T[] {
  const pages = Math.max(1, Math.ceil(items.length / perPage))
  if (page !== null && (page < 1n || page > BigInt(pages))) {
    throw callFailed(`page should be within [1, ${pages}] range, given ${page}`)
  }
  const start = (Number(page ?? 1n) - 1) * perPage
  return items.slice(start, start + perPage)
}
