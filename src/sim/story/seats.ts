import { genesisSet, proposerAt } from '../ledger/validators.ts'
import { makeSimCrypto } from '../sim-keys.ts'
import { type StoryChain, StoryError } from './story-text.ts'

/**
 * Who sits where: for each number of a story the index of a key, so that in every round of it the rotation of a real
 * chain gives the turn to the right one. Throws StoryError UNPLAYABLE where no keys would do.
 */
export function seatsOf({ powers, proposerOf }: StoryChain, seed: string, rounds: number): readonly number[] {
  const crypto = makeSimCrypto('hash')
  const keys = powers.map((power, index) => ({ ...crypto.key(seed, index), power }))
  const set = genesisSet(keys.map(({ publicKey, power }) => ({ publicKey, power })))
  const seats: (number | undefined)[] = new Array(powers.length).fill(undefined)
  for (let round = 0; round <= rounds; round++) {
    const number = proposerOf(round)
    const proposer = proposerAt(set, round)
    const key = keys.findIndex(({ address }) => address === proposer)
    const sits = seats.indexOf(key)
    const isFree = seats[number] === undefined || seats[number] === key
    if (!isFree || (sits >= 0 && sits !== number) || powers[key] !== powers[number]) {
      throw new StoryError(
        'UNPLAYABLE',
        `with these powers a real chain does not give round ${round} to validator ${number + 1}`
      )
    }
    seats[number] = key
  }
  const free = powers.flatMap((_, key) => (seats.includes(key) ? [] : [key]))
  return seats.map((key, number) => {
    if (key !== undefined) return key
    const at = free.findIndex(other => powers[other] === powers[number])
    return free.splice(at, 1)[0]!
  })
}
