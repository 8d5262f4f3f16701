import type { SimOptions } from '../options/sim-options.ts'
import type { SimReport } from '../run/report.ts'
import { runSimulation } from '../run/run-simulation.ts'
import { StoryRecorder } from './story-recorder.ts'
import { printStory } from './story-text.ts'

export interface SavedStory {
  readonly report: SimReport
  /** Name of the node whose story it is. */
  readonly of: string
  readonly text: string
}

/**
 * Runs a simulation and writes what one node met in its last height as a golden story: the node that a broken invariant
 * names, or the first honest one. Null when that node has met nothing.
 */
export async function saveStory(options: SimOptions): Promise<SavedStory | null> {
  const recorders = new Map<string, StoryRecorder>()
  const report = await runSimulation(options, {
    listener: ({ name, address, isHonest }) => {
      if (!isHonest) return null
      const recorder = new StoryRecorder(name, address)
      recorders.set(name, recorder)
      return recorder
    }
  })
  const sentence = report.violation?.sentence ?? ''
  const named = [...sentence.matchAll(/\bv\d+'?/g)].map(([name]) => name)
  for (const of of [...named, ...recorders.keys()]) {
    const passages = recorders.get(of)?.passages() ?? null
    if (passages !== null) return { report, of, text: printStory(passages) }
  }
  return null
}
