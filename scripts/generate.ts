import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles, root } from './generated.ts'

/** `npm run generate`: writes openapi.json, the types of the clients and the tables of the guides, out of the code. */
for (const { file, committed, wanted } of await generatedFiles()) {
  if (committed !== wanted) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), wanted)
  }
  process.stdout.write(`${committed === wanted ? 'unchanged' : 'written  '}  ${file}\n`)
}
