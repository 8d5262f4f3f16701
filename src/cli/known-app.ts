import { type AppFactory, builtInApps } from '../app/index.ts'
import { CliError } from './cli-error.ts'

/** The application that `proxy_app` names. Throws CliError (REFUSED) when it runs elsewhere or is unknown. */
export function knownApp(name: string): AppFactory {
  const factory = builtInApps[name]
  if (factory !== undefined) return factory
  const known = Object.keys(builtInApps).join(', ')
  const reason = /^\w+:\/\//.test(name)
    ? 'applications of another process cannot be used'
    : 'there is no such application'
  throw new CliError('REFUSED', `proxy_app = "${name}": ${reason}; built in are ${known}`)
}
