import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import {
  type AppStore,
  builtInApps,
  DEFAULT_COMMISSION,
  DEFAULT_TOKENS_PER_POWER,
  type InitChainRequest,
  StakingApp,
  sendMessage,
  signTx,
  stakingGenesisToJson
} from '../../src/app/index.ts'
import { type KeyValueStore, LevelKeyValueStore, MemoryKeyValueStore } from '../../src/blockstore/index.ts'
import type { ValidatorUpdate } from '../../src/types/index.ts'
import { genesisOf, person, upnyx } from '../unit/app/staking/staking-bed.ts'
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

/** Accounts of their own, so that any order of transactions is a good one. */
const SENDERS = 16
const stakingGenesis = genesisOf({
  stakes: {},
  coins: Object.fromEntries(Array.from({ length: SENDERS }, (_, n) => [`sender${n}`, 1000n])),
  genesis: {
    validators: validators.map(({ publicKey, power }, index) => ({
      operator: person(`operator${index}`).operator,
      publicKey,
      moniker: `v${index}`,
      stake: power * DEFAULT_TOKENS_PER_POWER,
      minSelfBond: 1n,
      commission: DEFAULT_COMMISSION
    }))
  }
})

/** The contract's chain has no app_state; here it gets one whose accounts can pay. */
async function openStaking(store: AppStore): Promise<StakingApp> {
  const app = await StakingApp.open({ store })
  const initChain = app.initChain.bind(app)
  const appState = stakingGenesisToJson(stakingGenesis)
  app.initChain = (request: InitChainRequest) => initChain({ ...request, appState })
  return app
}

describeApplication('staking', {
  open: openStaking,
  makeStore,
  validators,
  validTx: n => {
    const { privateKey, address } = person(`sender${n}`)
    const messages = [sendMessage(address, person('receiver').address, [upnyx(1)])]
    const fee = { coins: [], gasLimit: 100_000 }
    const place = { chainId: 'contract-chain', accountNumber: n, sequence: 0 }
    return signTx({ messages, memo: '', timeoutHeight: 0, fee, ...place }, privateKey)
  }
})

function openApp(name: string) {
  return (store: Parameters<(typeof builtInApps)[string]>[0]['store']) => builtInApps[name]!({ store })
}
