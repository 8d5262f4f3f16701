import type { SimRequest } from '../../sim/index.ts'
import { runMeasured } from './runners.ts'

/** Runs one seed after the other for the process that started this one, and ends with it. */
process.on('message', (request: SimRequest) => {
  void runMeasured(request).then(outcome => process.send?.(outcome))
})
process.on('disconnect', () => process.exit())
