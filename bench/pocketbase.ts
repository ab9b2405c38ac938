import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { freePort } from '../server/src/config/free-port.ts'
import { stopChild } from '../server/test/serving.ts'
import { until } from '../server/test/until.ts'
import { wireRequest } from './scenarios.ts'
import { categories, contentOf, statuses } from './seed.ts'

const email = 'bench@example.org'
const password = 'a-password-of-the-bench'

export interface PocketBase {
  pid: number
  port: number
  /** A request of its administrator. */
  wire(method: string, path: string, body?: object): string
  stop(): Promise<void>
}

/** PocketBase with the same documents and the indexes that the calls need. Rows are written past it, as is quickest. */
export async function startPocketBase(program: string, folder: string, rows: number): Promise<PocketBase> {
  const dir = ['--dir', join(folder, 'pocketbase')]
  execFileSync(program, ['superuser', 'upsert', email, password, ...dir], { stdio: 'ignore' })
  const port = await freePort('127.0.0.1')
  const url = `http://127.0.0.1:${port}`
  const child = spawn(program, ['serve', `--http=127.0.0.1:${port}`, ...dir], { stdio: 'ignore' })
  try {
    await until('PocketBase to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`PocketBase ended with ${child.exitCode}.`)
      const response = await fetch(`${url}/api/health`).catch(() => undefined)
      return response?.ok || undefined
    })
    const { token } = await ask<{ token: string }>(
      `${url}/api/collections/_superusers/auth-with-password`,
      {},
      { identity: email, password },
    )
    await ask(`${url}/api/collections`, { authorization: token }, collection)
    fill(join(folder, 'pocketbase/data.db'), rows)
    return {
      pid: child.pid ?? 0,
      port,
      wire: (method, path, body) =>
        wireRequest(
          method,
          `/api/collections/documents/records${path}`,
          { authorization: token, ...(body ? { 'content-type': 'application/json' } : {}) },
          body && JSON.stringify(body),
        ),
      stop: () => stopChild(child),
    }
  } catch (error) {
    await stopChild(child)
    throw error
  }
}

/** As it names the row with this number; 15 characters, as its own. */
export function pocketBaseId(number: number): string {
  return String(number).padStart(15, '0')
}

const collection = {
  name: 'documents',
  type: 'base',
  fields: [
    { name: 'title', type: 'text' },
    { name: 'category', type: 'text' },
    { name: 'status', type: 'text' },
    { name: 'content', type: 'text' },
    { name: 'author', type: 'number' },
    { name: 'created', type: 'autodate', onCreate: true },
    { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
  ],
  indexes: [
    'CREATE INDEX documents_created ON documents (created, id)',
    'CREATE INDEX documents_filtered ON documents (category, status, created, id)',
  ],
}

function fill(file: string, rows: number): void {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  try {
    const insert = database.prepare(
      'INSERT INTO documents (id, title, category, status, content, author, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    database.exec('BEGIN')
    for (let i = 1; i <= rows; i++) {
      const at = new Date(1_600_000_000_000 + i * 1_000).toISOString().replace('T', ' ')
      const title = `Document ${i}: what was decided, and why`
      const [category, status] = [categories[i % categories.length], statuses[i % statuses.length]]
      insert.run(pocketBaseId(i), title, category ?? '', status ?? '', contentOf(i), 1, at, at)
    }
    database.exec('COMMIT; ANALYZE')
  } finally {
    database.close()
  }
}

async function ask<T>(url: string, headers: Record<string, string>, json: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(30_000),
  })
  if (!response.ok) throw new Error(`PocketBase answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
