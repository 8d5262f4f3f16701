import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { builtInApps } from '../../src/app/index.ts'
import { type KeyValueStore, LevelKeyValueStore, MemoryKeyValueStore } from '../../src/blockstore/index.ts'
import type { ValidatorUpdate } from '../../src/types/index.ts'
import { describeApplication } from './application-contract.ts'

const validators: readonly ValidatorUpdate[] = [1, 2, 3].map(fill => ({
  publicKey: { type: 'ed25519', bytes: new Uint8Array(32).fill(fill) },
  power: 10n
}))
const validTx = (n: number): Uint8Array => new TextEncoder().encode(`key${n}=value${n}`)
const makeStore = async () => new MemoryKeyValueStore()

describeApplication('kvstore in memory', { open: openApp('kvstore'), makeStore, validTx, validators })

const directory = mkdtempSync(join(tmpdir(), 'pnyx-app-'))
const opened: KeyValueStore[] = []
afterAll(async () => {
  for (const store of opened) await store.close()
  rmSync(directory, { recursive: true })
})

describeApplication('kvstore on LevelDB', {
  open: openApp('persistent_kvstore'),
  makeStore: async () => {
    const store = await LevelKeyValueStore.open({ path: join(directory, `${opened.length}`) })
    opened.push(store)
    return store
  },
  validTx,
  validators
})

describeApplication('noop', { open: openApp('noop'), makeStore, validTx, validators, isStateless: true })

function openApp(name: string) {
  return (store: Parameters<(typeof builtInApps)[string]>[0]['store']) => builtInApps[name]!({ store })
}
