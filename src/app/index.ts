export { AppError, type AppErrorCode } from './app-error.ts'
export type { AppStore, AppStoreOp } from './app-store.ts'
export type * from './application.ts'
export { BaseApp } from './base-app.ts'
export { type AppFactory, builtInApps } from './built-in-apps.ts'
export { KvStoreApp, type KvStoreOptions } from './kvstore.ts'
export { meteredApp } from './metered-app.ts'
export { Addresses, accountOfKey, isBech32Prefix } from './staking/addresses.ts'
export { stakingAuditProblem } from './staking/audit.ts'
export * from './staking/client/messages.ts'
export * from './staking/client/queries.ts'
export { type SigningPlan, signTx, type TxPlan, unsignedTx } from './staking/client/sign-tx.ts'
export { type Coin, coinFromText, coinsToText, coinToText, isDenom } from './staking/coins.ts'
export {
  DEFAULT_BECH32_PREFIX,
  DEFAULT_BOND_DENOM,
  newStakingGenesis
} from './staking/genesis/apply-genesis.ts'
export { isStakingState, stakingGenesisProblem } from './staking/genesis/check-genesis.ts'
export { stakingGenesisToJson } from './staking/genesis/genesis-json.ts'
export {
  DEFAULT_COMMISSION,
  DEFAULT_TOKENS_PER_POWER,
  type GenesisAccount,
  type GenesisStake,
  type StakingGenesis
} from './staking/genesis/genesis-shape.ts'
export { chainTimesProblem, isTestNetwork, parseStakingGenesis } from './staking/genesis/parse-genesis.ts'
export type { Any } from './staking/messages/handler.ts'
export { StakingApp, type StakingOptions } from './staking/staking-app.ts'
