import { type HomePaths, readRequiredFile } from '../../config/index.ts'
import type { RpcConfig } from '../../rpc/index.ts'

/** The certificate that config.toml names and its key; null where it names none. Throws ConfigError. */
export function readTls({ tlsCertFile, tlsKeyFile }: HomePaths): RpcConfig['tls'] {
  if (tlsCertFile === '') return null
  return {
    certificate: readRequiredFile(tlsCertFile, 'certificate', 'rpc.tls_cert_file names it'),
    privateKey: readRequiredFile(tlsKeyFile, 'key of the certificate', 'rpc.tls_key_file names it')
  }
}
