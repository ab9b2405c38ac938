import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, TestServer } from './harness.ts'
import { exported } from './importing.ts'

/** An export of another system, written by hand in the shape that it has. */
export const exportFile = (name: string) => join(import.meta.dirname, 'exports', name)
export const exportText = (name: string) => readFileSync(exportFile(name), 'utf8')

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
