import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type AppState = Record<string, unknown>

/**
 * Says in the genesis files of new homes that nothing of value is at stake, which `--byzantine` asks for. `change` may
 * turn the rest of the application's state. The files stay the same in all homes.
 */
export function markTestNetwork(
  homes: readonly string[],
  change: (state: AppState) => AppState = state => state
): void {
  for (const home of homes) {
    const file = join(home, 'config', 'genesis.json')
    const genesis = JSON.parse(readFileSync(file, 'utf8')) as { app_state?: AppState | null }
    genesis.app_state = { ...change(genesis.app_state ?? {}), test_network: true }
    writeFileSync(file, `${JSON.stringify(genesis, null, 2)}\n`)
  }
}
