import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { migratedTemplate } from '../server/test/fresh-database.ts'
import { generatedFiles, root } from './generated.ts'
import { startPostgres } from './postgres.ts'
import { postgresSchema, schemaFiles } from './schema-dump.ts'

/**
 * `npm run generate`: writes openapi.json, the types of the clients, the tables of the guides and the schema dumps from the
 * code. The PostgreSQL dump needs a temporary server: it is written when the one of the embedded database has changed, and
 * with `--postgres`.
 */
for (const { file, committed, wanted } of await generatedFiles()) {
  if (committed !== wanted) write(join(root, file), wanted)
  process.stdout.write(`${committed === wanted ? 'unchanged' : 'written  '}  ${file}\n`)
  if (file === schemaFiles.sqlite && (committed !== wanted || process.argv.includes('--postgres')))
    await writePostgresSchema()
}

async function writePostgresSchema(): Promise<void> {
  const server = await startPostgres()
  try {
    const url = new URL(server.url)
    url.pathname = `/${await migratedTemplate(server.url)}`
    write(join(root, schemaFiles.postgres), await postgresSchema(url.href))
    process.stdout.write(`written    ${schemaFiles.postgres}\n`)
  } finally {
    await server.stop()
  }
}

/** A file that should be empty is obsolete. */
function write(path: string, wanted: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (wanted === '') rmSync(path)
  else writeFileSync(path, wanted)
}
