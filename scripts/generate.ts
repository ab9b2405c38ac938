import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedFiles, root } from './generated.ts'

/** `npm run generate`: writes openapi.json, and the tables of the guides, out of the code. */
for (const { file, committed, wanted } of await generatedFiles()) {
  if (committed !== wanted) writeFileSync(join(root, file), wanted)
  process.stdout.write(`${committed === wanted ? 'unchanged' : 'written  '}  ${file}\n`)
}
