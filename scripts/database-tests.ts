import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const opensDatabase = 'server/test/fresh-database.ts'
/** What a file imports from beside it; types are gone when it runs. */
const imports = /^(?:import|export) (?!type )(?:[^'"]*? from )?'(\.{1,2}\/[^']+\.ts)'/gm

/** Whether a test file has a database of the kind that the run is about: all others would say the same again. */
export function usesDatabase(file: string, seen = new Set<string>()): boolean {
  if (file.endsWith(opensDatabase)) return true
  if (seen.has(file)) return false
  seen.add(file)
  const imported = [...readFileSync(file, 'utf8').matchAll(imports)].map(([, path = '']) =>
    join(dirname(file), path),
  )
  return imported.some((path) => path.includes('/test/') && usesDatabase(path, seen))
}
