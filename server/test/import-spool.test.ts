import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { install } from './product-process.ts'

/** What is imported from standard input is kept in the folder for temporary files first. */
const product = await install()
const main = join(import.meta.dirname, '../src/main.mjs')
const folder = mkdtempSync(join(tmpdir(), 'comserv-spool-'))
after(() => rmSync(folder, { recursive: true }))
const rows = (bytes: number) => `username,email\n${'x,x@example.org\n'.repeat(bytes / 16)}`

/** @param limit shell command that comes first */
async function importFrom(stdin: string, tmp: string, limit = ':') {
  const env = { PATH: process.env.PATH, ...product.env, TMPDIR: tmp }
  const command = `${limit}; exec "$0" "$@"`
  const args = ['--norc', '-c', command, process.execPath, main, 'import', 'users', '--format', 'csv', '-']
  const child = spawn('bash', args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const input = child.stdin as Writable
  // The command ends before it has read everything.
  input.on('error', () => undefined)
  input.end(stdin)
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const said = await Promise.all([child.stdout, child.stderr].map((stream) => text(stream as Readable)))
  return { code: await closed, said: said.join('') }
}

async function assertSaid(run: ReturnType<typeof importFrom>, code: string, tmp: string): Promise<void> {
  const { code: exit, said } = await run
  assert.deepEqual(
    [exit, said],
    [
      1,
      `The input cannot be kept in ${tmp} while it is read (${code}); set TMPDIR to a folder with room for it, or give the name of a file.\n`,
    ],
  )
}

test('a folder for temporary files that is missing, or is none, is told', async () => {
  const missing = join(folder, 'missing')
  await assertSaid(importFrom(rows(160), missing), 'ENOENT', missing)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await assertSaid(importFrom(rows(160), file), 'ENOTDIR', file)
})

test('a folder without room for the input is told, and nothing is imported', async () => {
  await assertSaid(importFrom(rows(16 * 1024 * 1024), folder, 'ulimit -f 8192'), 'EFBIG', folder)
})
