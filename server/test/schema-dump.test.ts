import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { postgresSchema, schemaFiles, sqliteSchema } from '../../scripts/schema-dump.ts'
import { startServer } from './harness.ts'

const server = await startServer()

test('the committed dump shows the tables as the migrations leave them', async () => {
  const { database } = server.context.config
  const isPostgres = database.kind === 'postgres'
  const wanted = isPostgres ? await postgresSchema(database.url) : await sqliteSchema()
  const file = join(import.meta.dirname, '../..', schemaFiles[isPostgres ? 'postgres' : 'sqlite'])
  assert.equal(readFileSync(file, 'utf8'), wanted, 'npm run generate -- --postgres writes both')
})
