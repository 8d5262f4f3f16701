import { type Timestamp, timestampFromRfc3339 } from '../../types/index.ts'

/** A moment in RFC 3339, null for anything else. */
export function parseTime(text: string): Timestamp | null {
  return timestampFromRfc3339(text)
}

/** Midnight UTC of a `yyyy-mm-dd`, null for anything else. */
export function parseDate(text: string): Timestamp | null {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? timestampFromRfc3339(`${text}T00:00:00Z`) : null
}
