import { type Stage, showTheChainGoesOn, until } from './stage.ts'

const BAR_WIDTH = 30

/** A validator stays away until too much of its window is missed, then comes back. */
export async function playDowntime(stage: Stage, lastHeightAway: number): Promise<void> {
  const { address, faults, culprit, step, say } = stage
  const { params, source } = await faults.params()
  const { signed_blocks_window: window } = params
  const mayMiss = Math.floor(window - window * params.min_signed_per_window)
  step(`${culprit.name} goes silent; the window of missed blocks fills`)
  say(
    `judged by the last ${window} blocks, of which ${mayMiss} may be missed (by the ${source === 'app' ? 'application' : 'node'})`
  )
  const record = await watchWindow(stage, { window, mayMiss })

  step(`Block ${record.committed_height} completes the judgement`)
  say(
    `${record.downtime?.missed_blocks} of ${record.downtime?.window} blocks missed, up to height ${record.height}`
  )
  say(`record ${record.hash}`)
  say('Every node makes this record from the signatures in the blocks; nobody needs to report anything.')
  step('What it costs')
  const [slash] = await faults.slashes(address)
  if (slash === undefined) {
    say(
      'This application jails nobody for being away: the record is there for operators to see and to query.'
    )
  } else {
    say(`stake burned: ${slash.burned ?? '-'}; jailed: ${slash.jailed ? 'yes' : 'no'}`)
    say(
      `voting power ${slash.voting_power_before} -> ${slash.voting_power_after ?? 'known two blocks later'}`
    )
  }

  step(`${culprit.name} comes back`)
  await stage.reach(lastHeightAway + 3)
  const signedAt = await until('its signature', async () => {
    const height = await stage.height()
    const { signers } = await stage.honest[0]!.rpc.commit(height - 1)
    return signers.includes(address) && height - 1
  })
  say(`its signature is under block ${signedAt} again`)
  await showTheChainGoesOn(stage, 'all four')
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
