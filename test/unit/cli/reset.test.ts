import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { NodeFileSystem } from '../../../src/blockstore/index.ts'
import { lockHome } from '../../../src/config/index.ts'
import {
  EMPTY_SIGN_STATE,
  FileSigner,
  newestInJournal,
  SIGN_STEP,
  signJournalPath
} from '../../../src/validator/signer/index.ts'
import { SignJournal } from '../../../src/validator/signer/sign-journal.ts'
import { testKey } from '../validator/support.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0
let home: string
let stateFile: string
const SIGNED = `{"height":"42","round":1,"step":3,"signature":"${Buffer.alloc(64).toString('base64')}","signbytes":"AB"}`
const LATER = { ...EMPTY_SIGN_STATE, height: 43, round: 2, step: SIGN_STEP.prevote }
const ZERO = '{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}'

beforeEach(async () => {
  home = join(directory, `home${count++}`)
  stateFile = join(home, 'data', 'priv_validator_state.json')
  await pnyx(['init', '--chain-id', 'my-chain', '--home', home])
  mkdirSync(join(home, 'data', 'pnyx.db'))
  mkdirSync(join(home, 'data', 'cs.wal'))
  writeFileSync(join(home, 'data', 'cs.wal', 'wal'), 'log')
  writeFileSync(stateFile, SIGNED, { mode: 0o600 })
})

const data = () => readdirSync(join(home, 'data')).sort()
const allData = ['cs.wal', 'pnyx.db', 'priv_validator_state.json']

describe('reset commands', () => {
  it('reset-state keeps what was signed', async () => {
    const { code, notes } = await pnyx(['reset-state', '--home', home], { answer: 'my-chain' })
    expect(code).toBe(0)
    expect(notes).toContain(`delete ${join(home, 'data', 'pnyx.db')}`)
    expect(data()).toEqual(['priv_validator_state.json'])
    expect(readFileSync(stateFile, 'utf8')).toBe(SIGNED)
    expect(existsSync(join(home, 'config', 'priv_validator_key.json'))).toBe(true)
  })

  it('unsafe-reset-all says what is forgotten, and sets it aside', async () => {
    const { code, notes } = await pnyx(['unsafe-reset-all', '--home', home], { answer: 'my-chain\n' })
    expect(code).toBe(0)
    expect(notes).toContain('forget that height 42, round 1 was signed')
    expect(readFileSync(stateFile, 'utf8')).toBe(ZERO)
    expect(readFileSync(`${stateFile}.before-reset`, 'utf8')).toBe(SIGNED)
    await pnyx(['reset-state', '--yes', '--home', home])
    expect(readFileSync(`${stateFile}.before-reset`, 'utf8')).toBe(SIGNED)
  })

  it('unsafe-reset-priv-validator touches nothing else', async () => {
    await pnyx(['unsafe-reset-priv-validator', '--yes', '--home', home])
    expect(readFileSync(stateFile, 'utf8')).toBe(ZERO)
    expect(data()).toEqual([...allData, 'priv_validator_state.json.before-reset'])
  })

  /** What a power cut can leave: a journal that is one signature ahead of the file. */
  const writeJournal = async () => {
    const journal = await SignJournal.open(new NodeFileSystem(), stateFile, () => true)
    await journal.write(LATER)
    await journal.close()
    return signJournalPath(stateFile)
  }

  it('reset-state keeps the journal of what was signed', async () => {
    const journal = await writeJournal()
    await pnyx(['reset-state', '--yes', '--home', home])
    expect(newestInJournal(readFileSync(journal))).toMatchObject(LATER)
  })

  it.each(['unsafe-reset-all', 'unsafe-reset-priv-validator'])(
    '%s reads the journal of what was signed, forgets it and sets it aside',
    async command => {
      const journal = await writeJournal()
      const { code, notes } = await pnyx([command, '--home', home], { answer: 'my-chain' })
      expect(code).toBe(0)
      expect(notes).toContain('forget that height 43, round 2 was signed')
      expect(existsSync(journal)).toBe(false)
      expect(newestInJournal(readFileSync(`${journal}.before-reset`))).toMatchObject(LATER)
      const signer = await FileSigner.open(testKey(1), new NodeFileSystem(), stateFile)
      expect(signer.last.height).toBe(0)
      await signer.close()
    }
  )

  const commands = ['reset-state', 'unsafe-reset-all', 'unsafe-reset-priv-validator']
  it.each(commands)('%s does nothing when the answer is wrong', async command => {
    for (const answer of ['', 'y', 'yes', 'other-chain']) {
      const { code, notes } = await pnyx([command, '--home', home], { answer })
      expect(code).toBe(1)
      expect(notes).toContain('nothing was changed')
    }
    expect(data()).toEqual(allData)
    expect(readFileSync(stateFile, 'utf8')).toBe(SIGNED)
  })

  it.each(commands)('%s does nothing where nobody can answer', async command => {
    const { code, notes } = await pnyx([command, '--home', home])
    expect(code).toBe(1)
    expect(notes).toContain('--yes does it anyway')
    expect(data()).toEqual(allData)
  })

  it.each(commands)('%s does nothing while a node uses the home', async command => {
    const lock = lockHome(join(home, 'pnyx.lock'))
    const { code, notes } = await pnyx([command, '--yes', '--home', home])
    lock.release()
    expect(code).toBe(1)
    expect(notes).toContain(`in use by process ${process.pid}`)
    expect(data()).toEqual(allData)
  })

  it.each(commands)('%s leaves the home free again', async command => {
    await pnyx([command, '--yes', '--home', home])
    expect(existsSync(join(home, 'pnyx.lock'))).toBe(false)
  })

  it('do not empty a directory that holds more than databases', async () => {
    for (const dbDir of ['.', '..', '/']) {
      const { code, notes } = await pnyx(['reset-state', '--yes', '--home', home], {
        environment: { PNYX_DB_DIR: dbDir }
      })
      expect(code).toBe(1)
      expect(notes).toContain('holds more than databases')
    }
    expect(data()).toEqual(allData)
  })

  it('delete the log where it is elsewhere, and nothing beside it', async () => {
    const elsewhere = join(home, 'logs')
    mkdirSync(elsewhere)
    for (const name of ['wal', 'wal.000', 'other']) writeFileSync(join(elsewhere, name), '')
    await pnyx(['reset-state', '--yes', '--home', home], {
      environment: { PNYX_CONSENSUS_WAL_FILE: 'logs/wal' }
    })
    expect(readdirSync(elsewhere)).toEqual(['other'])
  })

  it('have nothing to do in a new home', async () => {
    await pnyx(['reset-state', '--yes', '--home', home])
    const { code, out } = await pnyx(['reset-state', '--home', home])
    expect({ code, out }).toEqual({ code: 0, out: 'there is nothing to delete' })
  })
})
