import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const opensDatabase = 'server/test/fresh-database.ts'
/** Relative imports; those of types are gone at run time. */
const imports = /^(?:import|export) (?!type )(?:[^'"]*? from )?'(\.{1,2}\/[^']+\.ts)'/gm

/** Whether a test file uses a database; all others need not run once per database. */
export function usesDatabase(file: string, seen = new Set<string>()): boolean {
  if (file.endsWith(opensDatabase)) return true
  if (seen.has(file)) return false
  seen.add(file)
  const imported = [...readFileSync(file, 'utf8').matchAll(imports)].map(([, path = '']) =>
    join(dirname(file), path),
  )
  return imported.some((path) => path.includes('/test/') && usesDatabase(path, seen))
}
