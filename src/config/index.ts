export {
  isPeerId,
  type PeerAddress,
  parsePeerAddress,
  parseTcpAddress,
  peerMultiaddr,
  type TcpAddress,
  tcpAddressToHttpUrl,
  tcpAddressToMultiaddr,
  tcpAddressToText
} from './address.ts'
export { type Config, environmentName, SECTIONS, settingName } from './config.ts'
export { ConfigError, type ConfigErrorCode } from './config-error.ts'
export { durationTextToMs, durationToMs, formatDuration, parseDuration } from './duration.ts'
export type { Field, RawValue, Section } from './field.ts'
export {
  checkSecretFile,
  createFile,
  decodeText,
  makeDirectory,
  PUBLIC_FILE_MODE,
  readRequiredBytes,
  readRequiredFile,
  readTextFile,
  replaceFile,
  SECRET_FILE_MODE
} from './files.ts'
export { type HomeLock, lockHome } from './home-lock.ts'
export { configFileOf, type HomePaths, homeDirectory, homePaths } from './home-paths.ts'
export {
  formatNodeKey,
  formatValidatorKey,
  generateKeyPair,
  type KeyPair,
  keyPairFromSeed,
  loadNodeKey,
  loadValidatorKey,
  parseNodeKey,
  parseValidatorKey
} from './key-files.ts'
export {
  createKey,
  deleteKey,
  firstLine,
  hasKey,
  keysDirectory,
  listKeys,
  loadKey,
  passphraseBeside,
  passphraseFileOf,
  readPassphraseFile,
  refuseExisting,
  saveKey,
  unlockKey
} from './keystore.ts'
export {
  formatSealedKey,
  isKeyName,
  LIGHT_SCRYPT_COST,
  parseSealedKey,
  SCRYPT_COST,
  type ScryptCost,
  type SealedKey
} from './keystore-file.ts'
export { type LoadedConfig, loadConfig } from './load.ts'
export { type ResolvedConfig, resolveConfig, valueFromText } from './resolve.ts'
export { type ResolveInput, type Setting, type Source, shownValue } from './setting.ts'
export { formatConfig, formatValue } from './write-config.ts'
