import { REFUSED, Refusal } from '../refusal.ts'
import { AUTH_ROUTES } from './auth.ts'
import { BANK_ROUTES } from './bank.ts'
import { DELEGATION_ROUTES } from './delegations.ts'
import { NODE_ROUTES } from './node.ts'
import { PNYX_ROUTES } from './pnyx.ts'
import type { QueryPlace, Route } from './route.ts'
import { SLASHING_ROUTES } from './slashing.ts'
import { TX_ROUTES } from './tx.ts'
import { VALIDATOR_ROUTES } from './validators.ts'

const ROUTES: ReadonlyMap<string, Route> = new Map(
  [
    ...AUTH_ROUTES,
    ...BANK_ROUTES,
    ...VALIDATOR_ROUTES,
    ...DELEGATION_ROUTES,
    ...SLASHING_ROUTES,
    ...TX_ROUTES,
    ...NODE_ROUTES,
    ...PNYX_ROUTES
  ].map(route => [route.path, route])
)

/** Every path that is answered. */
export const QUERY_PATHS: readonly string[] = [...ROUTES.keys()]

/** Answers a query by its path. */
export async function answerQuery(
  place: QueryPlace,
  path: string,
  data: Uint8Array
): Promise<Uint8Array | Refusal> {
  const route = ROUTES.get(path)
  if (route !== undefined) return route.answer(place, data)
  return new Refusal(REFUSED.unknownRequest, `unknown query path ${JSON.stringify(path.slice(0, 128))}`)
}
