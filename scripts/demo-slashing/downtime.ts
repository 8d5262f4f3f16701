import { setTimeout } from 'node:timers/promises'
import { CliError } from '../../src/cli/cli-error.ts'
import { tryProgram } from '../cluster/cluster.ts'
import { type Stage, showPowers, showStake, showTheChainGoesOn, until } from './stage.ts'

const BAR_WIDTH = 30
const HASH = /^hash \S+\n/

/** A validator stays away until too much of its window is missed, sits in jail, and comes back. */
export async function playDowntime(stage: Stage, lastHeightAway: number): Promise<void> {
  const { faults, culprit, step, say } = stage
  const { params } = await faults.params()
  const { signed_blocks_window: window } = params
  const mayMiss = Math.floor(window - window * params.min_signed_per_window)
  step(`${culprit.name} goes silent; the window of missed blocks fills`)
  say(`judged by the last ${window} blocks, of which ${mayMiss} may be missed`)
  const record = await watchWindow(stage, { window, mayMiss })

  step(`Block ${record.committed_height} completes the judgement`)
  say(
    `${record.downtime?.missed_blocks} of ${record.downtime?.window} blocks missed, up to height ${record.height}`
  )
  say(`record ${record.hash}`)
  say('Every node makes this record from the signatures in the blocks; nobody needs to report anything.')
  step('What it costs')
  await showStake(stage)

  step(`${culprit.name} leaves the validator set`)
  await showPowers(stage, record.committed_height)
  await unjail(stage, lastHeightAway)
  await showTheChainGoesOn(stage, 'all four')
}

/** Its operator wants it out of jail: too early, and when the time is up. */
async function unjail(stage: Stage, lastHeightAway: number): Promise<void> {
  const { address, culprit, faults, honest, step, say } = stage
  await stage.reach(lastHeightAway + 1)
  step(`The operator of ${culprit.name} has mended it, and wants it out of jail`)
  const unjailing = [
    'tx',
    'unjail',
    '--from',
    'operator',
    '--home',
    culprit.home,
    '--node',
    honest[0]!.rpc.url
  ]
  say('$ pnyx tx unjail --from operator')
  const early = await tryProgram(unjailing)
  say(early.ok ? early.printed.trim() : `${early.noted.trim()}`)
  if (!early.ok) {
    const { jailed_until: time } = await faults.standing(address)
    say('Not before its time. Some seconds later:')
    await setTimeout(Math.max(Date.parse(time) - Date.now(), 0))
    say('$ pnyx tx unjail --from operator')
    const printed = await until('the end of the jail', async () => {
      const later = await tryProgram(unjailing)
      // The time that counts is that of the last block.
      if (!later.ok && !later.noted.includes('still jailed'))
        throw new CliError('REFUSED', later.noted.trim())
      return later.ok && later.printed
    })
    say(printed.replace(HASH, '').trim())
  }

  step(`${culprit.name} is back in the validator set`)
  const back = await until('its power', async () => {
    const power = (await faults.powers((await stage.height()) + 1)).get(address)
    return power !== undefined && power > 0n && power
  })
  say(`voting power ${back}: that of the stake it has left`)
  const signedAt = await until('its signature', async () => {
    const height = await stage.height()
    const { signers } = await honest[0]!.rpc.commit(height - 1)
    return signers.includes(address) && height - 1
  })
  say(`its signature is under block ${signedAt} again; its window of missed blocks began anew`)
}

async function watchWindow(
  { faults, address, say, height }: Stage,
  { window, mayMiss }: { readonly window: number; readonly mayMiss: number }
) {
  let shown = -1
  return until('the record of downtime', async () => {
    const [record] = await faults.faults({ validator: address, kind: 'downtime' })
    if (record !== undefined) return record
    const { missed_blocks_counter: missed } = (await faults.signing(address)).val_signing_info
    const tenth = Math.floor((missed * 10) / window)
    if (tenth > shown) {
      shown = tenth
      const filled = Math.round((missed / window) * BAR_WIDTH)
      const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '.')
      say(
        `height ${String(await height()).padStart(4)}  [${bar}] ${missed} missed${missed > mayMiss ? ', too many' : ''}`
      )
    }
    return null
  })
}
