import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles, root } from './generated.ts'

/** `npm run generate`: writes openapi.json, the types of the clients, and the tables of the guides, out of the code. */
for (const { file, committed, wanted } of await generatedFiles()) {
  if (committed !== wanted) write(join(root, file), wanted)
  process.stdout.write(`${committed === wanted ? 'unchanged' : 'written  '}  ${file}\n`)
}

/** A file that is wanted empty is one that nothing asks for any more. */
function write(path: string, wanted: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (wanted === '') rmSync(path)
  else writeFileSync(path, wanted)
}
