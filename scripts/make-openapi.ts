/**
 * Writes docs/openapi.json from the table of methods and the schemas in scripts/openapi.
 *
 *   npx tsx scripts/make-openapi.ts && npx biome format --write docs/openapi.json
 */
import { writeFileSync } from 'node:fs'
import { openApiDocument } from './openapi/document.ts'

writeFileSync(
  new URL('../docs/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument(), null, 2)}\n`
)
