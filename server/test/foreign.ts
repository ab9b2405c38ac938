import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Json, TestServer } from './harness.ts'
import { exported } from './importing.ts'

const folder = join(import.meta.dirname, 'exports')

/** An export of another system, written by hand in the shape that it has; an archive is packed from a folder. */
export function exportFile(name: string): string {
  const [, packed] = /^(.+)\.tar\.gz$/.exec(name) ?? []
  if (packed === undefined) return join(folder, name)
  const place = mkdtempSync(join(tmpdir(), 'comserv-export-'))
  after(() => rmSync(place, { recursive: true }))
  const path = join(place, name)
  writeFileSync(path, archiveOf(packed))
  return path
}

export const exportText = (name: string) => readFileSync(join(folder, name), 'utf8')

/** A compressed tar archive of texts by their names, or of a folder of exports. */
export function archiveOf(files: Readonly<Record<string, string>> | string): Buffer {
  const texts =
    typeof files === 'string'
      ? globSync('**/*.json{,l}', { cwd: join(folder, files) })
          .sort()
          .map((name): [string, string] => [name, exportText(join(files, name))])
      : Object.entries(files)
  return gzipSync(Buffer.concat([...texts.flatMap(([name, text]) => entry(name, text)), Buffer.alloc(1_024)]))
}

/** As tar-stream writes it: a name that is too long for its field is in a header of its own (pax). */
function entry(name: string, text: string): Buffer[] {
  if (name.length <= 100) return block(name, text, '0')
  const record = ` path=${name}\n`
  const length = String(record.length + 3)
  return [...block('PaxHeader', `${length}${record}`, 'x'), ...block(name.slice(0, 100), text, '0')]
}

function block(name: string, text: string, type: string): Buffer[] {
  const body = Buffer.from(text)
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write(' '.repeat(8), 148)
  header.write(type, 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}

/** Documents as they are here now, by title, with the name of the author. */
export async function documentsOf(server: TestServer, key: string): Promise<Record<string, Json>> {
  const users = await exported(server, '/api/v1/users/export', [], key)
  const documents = await exported(server, '/api/v1/documents/export', ['version'], key)
  const names = new Map(users.map(({ id, username }) => [id, username]))
  return Object.fromEntries(
    documents.map(({ author_id, id: _, title, ...document }) => [
      title,
      { ...document, author: names.get(author_id) },
    ]),
  )
}

export async function usersOf(server: TestServer, key: string): Promise<Record<string, Json>> {
  const users = await exported(server, '/api/v1/users/export', ['id', 'last_login'], key)
  return Object.fromEntries(users.map(({ username, ...user }) => [username, user]))
}
