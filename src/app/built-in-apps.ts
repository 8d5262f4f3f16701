import type { AppStore } from './app-store.ts'
import type { Application } from './application.ts'
import { BaseApp } from './base-app.ts'
import { KvStoreApp } from './kvstore.ts'
import { StakingApp } from './staking/staking-app.ts'

/** Makes an app on a store of its own, which the caller opens and closes. */
export type AppFactory = (options: { readonly store: AppStore }) => Promise<Application>

const openKvStore: AppFactory = options => KvStoreApp.open(options)
const apps: Record<string, AppFactory> = {
  staking: options => StakingApp.open(options),
  kvstore: openKvStore,
  persistent_kvstore: openKvStore,
  noop: async () => new BaseApp()
}

/** The apps that run inside the node, by their name in `proxy_app`. Without a prototype: `constructor` is no app. */
export const builtInApps: Readonly<Record<string, AppFactory>> = Object.freeze(
  Object.assign(Object.create(null), apps)
)
