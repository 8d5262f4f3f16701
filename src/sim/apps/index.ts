import { kvStoreSim } from './kvstore.ts'
import type { SimApp } from './sim-app.ts'
import { stakingSim } from './staking.ts'

export type { SimApp, TxContext, TxMaker } from './sim-app.ts'

/** What is known of a built-in app; one without validators of its own takes anything. */
export function simAppOf(name: string): SimApp {
  return name === 'staking' ? stakingSim : kvStoreSim
}
