import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseValidatorKey } from '../../../src/config/index.ts'
import { sha256 } from '../../../src/crypto/index.ts'
import { genesisToJson } from '../../../src/types/genesis-json.ts'
import { readGenesis } from '../../../src/types/genesis-parse.ts'
import { makeGenesisState } from '../../../src/types/genesis-state.ts'
import { oneThirdOf } from '../../../src/types/validator-set.ts'

const root = new URL('../../../genesis/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

describe.each([
  ['one-validator', 1],
  ['four-validators', 4]
])('genesis/%s', (folder, count) => {
  const { genesis, warnings } = readGenesis(read(`${folder}/genesis.json`))

  it('is legal, with nothing to remark', () => {
    expect(warnings).toEqual([])
    expect(genesis.validators).toHaveLength(count)
    expect(JSON.parse(genesisToJson(genesis))).toEqual(JSON.parse(read(`${folder}/genesis.json`)))
  })

  it('has beside it the published key of every validator and nothing else', () => {
    const names = genesis.validators.map((_, index) => `TEST-KEY-validator-${index}.json`)
    expect(readdirSync(new URL(folder, root)).sort()).toEqual([...names, 'genesis.json'].sort())
    genesis.validators.forEach(({ address, publicKey, name }, index) => {
      const key = parseValidatorKey(read(`${folder}/${names[index]}`), names[index]!)
      expect(Buffer.from(key.seed)).toEqual(
        Buffer.from(sha256(Buffer.from(`pnyx published test key ${index}`)))
      )
      expect([key.address, Buffer.from(key.publicKey.bytes)]).toEqual([address, Buffer.from(publicKey.bytes)])
      expect(name).toBe(`validator-${index}`)
    })
  })

  it('has a quorum without any one validator exactly when there are four', () => {
    const { validators } = makeGenesisState(genesis)
    const everyOneIsBelowAThird = validators.validators.every(
      ({ power }) => power < oneThirdOf(validators.totalPower)
    )
    expect(everyOneIsBelowAThird).toBe(count === 4)
  })
})

/** The paths of all scalars in a JSON value, as the README writes them. */
function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value))
    return value.flatMap(each => pathsOf(each, typeof each === 'object' ? `${path}[]` : path))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, each]) => pathsOf(each, path === '' ? key : `${path}.${key}`))
}

describe('genesis/README.md', () => {
  it('explains every field there is', () => {
    const readme = read('README.md')
    const paths = new Set([...pathsOf(JSON.parse(read('four-validators/genesis.json'))), 'app_state'])
    expect([...paths].filter(path => !readme.includes(`\n| \`${path}\` `))).toEqual([])
    expect(paths.size).toBe(18)
  })
})
