import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type AppState = Readonly<Record<string, unknown>>

/** Changes what the application begins with, in the genesis files of new homes. The files stay the same in all of them. */
export function changeAppState(homes: readonly string[], change: (state: AppState) => AppState): void {
  for (const home of homes) {
    const file = join(home, 'config', 'genesis.json')
    const genesis = JSON.parse(readFileSync(file, 'utf8')) as { app_state?: AppState | null }
    genesis.app_state = change(genesis.app_state ?? {})
    writeFileSync(file, `${JSON.stringify(genesis, null, 2)}\n`)
  }
}

/** Changes rules of slashing in the genesis of a staking chain, by their names there. */
export function changeSlashing(homes: readonly string[], rules: AppState): void {
  changeAppState(homes, state => {
    const params = state.params as AppState | undefined
    return { ...state, params: { ...params, slashing: { ...(params?.slashing as AppState), ...rules } } }
  })
}
