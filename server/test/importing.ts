import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after } from 'node:test'
import { runCommandLine } from '../src/cli/command-line.ts'
import type { Json, TestServer } from './harness.ts'

/** A folder that is gone after the tests, and what writes a file into it. */
export function fileFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-import-'))
  after(() => rmSync(folder, { recursive: true }))
  let files = 0
  return {
    folder,
    newPath: (extension: string) => join(folder, `file-${++files}.${extension}`),
    file(extension: string, content: string | Uint8Array): string {
      const path = join(folder, `file-${++files}.${extension}`)
      writeFileSync(path, content)
      return path
    },
  }
}

/** The settings with which a command works on the database of a server. */
export function settingsOf({ context }: TestServer): NodeJS.ProcessEnv {
  const { dataDir, database, secretKey } = context.config
  return {
    COMSERV_DATA_DIR: dataDir,
    COMSERV_SECRET_KEY: secretKey,
    ...(database.kind === 'postgres' ? { DATABASE_URL: database.url } : {}),
  }
}

/** The warning of an import with one user who has no password. */
export const oneWithoutPassword =
  "1 user has no password yet. 'Password link' on their page in the console lets them choose one; so does comserv admin reset-password USERNAME on the server."

export interface ImportRun {
  code: number
  out: string[]
  err: string[]
  overwritten: string[]
}

/** Runs `comserv import …` beside a server. */
export async function runImport(
  on: TestServer,
  args: readonly string[],
  stdin: string | Uint8Array = '',
): Promise<ImportRun> {
  const run: ImportRun = { code: 0, out: [], err: [], overwritten: [] }
  run.code = await runCommandLine(['import', ...args], {
    env: settingsOf(on),
    stdin: Readable.from([Buffer.from(stdin as string)]),
    print: (line) => void run.out.push(line),
    printError: (line) => void run.err.push(line),
    overwrite: (line) => void run.overwritten.push(line),
  })
  return run
}

export const ndjson = (rows: readonly Json[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** What an export says, without what begins anew at another place. */
export async function exported(
  on: TestServer,
  path: string,
  without: readonly string[],
  key: string,
): Promise<Json[]> {
  const { text } = await on.call('GET', path, { key })
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const row = JSON.parse(line)
      for (const name of without) delete row[name]
      return row
    })
}
