import type { SimApp } from './sim-app.ts'

const KEYS = 50

/** The key-value store, and whatever else takes `name=value`. */
export const kvStoreSim: SimApp = {
  genesisState: () => '',
  makeTxs({ keys, prng }) {
    let sent = 0
    return {
      next: async () => Buffer.from(`k${prng.int(KEYS)}=${sent++}`),
      setPower: async (key, _before, after) => {
        const base64 = Buffer.from(keys[key]!.publicKey.bytes).toString('base64')
        return Buffer.from(`val=ed25519!${base64}!${after}`)
      }
    }
  },
  whyStateIsWrong: async () => null,
  whySlashingIsWrong: () => null
}
