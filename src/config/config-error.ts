import { PnyxError } from '../util/index.ts'

export type ConfigErrorCode =
  | 'FILE_MISSING'
  | 'FILE_UNREADABLE'
  | 'FILE_EXISTS'
  | 'FILE_INVALID'
  | 'FILE_MODE'
  | 'BAD_VALUE'
  | 'BAD_FLAG'
  | 'UNKNOWN_KEY'
  | 'HOME_LOCKED'
  | 'WRONG_PASSPHRASE'

/** Something an operator wrote, or a file of the home directory, that cannot be used. The message is one line. */
export class ConfigError extends PnyxError<ConfigErrorCode> {}
