import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { describeFailure } from '../src/db/describe-failure.ts'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { postgresFailure } from '../src/db/postgres-failure.ts'

const coded = (code: string) => Object.assign(new Error('as the driver says'), { code })
const describe = (code: string, url: string) =>
  describeFailure(new DatabaseUnavailable('refused', coded(code)), url)

test('the place is told as the driver reads the address, and nothing of the password', () => {
  const places: [string, string, string, string][] = [
    ['postgres://user:s3cr@t:s3cret@host/name', 'host:5432', 'name', 'user'],
    ['postgres://user:s3cr%2Ft%23@host:99/a%20b', 'host:99', 'a b', 'user'],
    ['postgres://user:s3cr%t@host/name', 'host:5432', 'name', 'user'],
    ['postgres://us%40er:s3cret@[::1]:99/name', '[::1]:99', 'name', 'us@er'],
    ['postgres://user:s3cret@/name?host=/run/postgresql', '/run/postgresql', 'name', 'user'],
    ['postgres://user:s3cret@%2Frun%2Fpostgresql/name', '/run/postgresql', 'name', 'user'],
    [' postgres://user:s3cret@host ', 'host:5432', 'user', 'user'],
  ]
  for (const [url, where, name, user] of places) {
    assert.equal(
      describe('3D000', url),
      `There is no database '${name}' in PostgreSQL at ${where}: create it, or change DATABASE_URL.`,
    )
    assert.equal(
      describe('28P01', url),
      `PostgreSQL at ${where} refuses the user '${user}': the user or the password in DATABASE_URL is wrong.`,
    )
  }
})

test('a server that refuses connections while it starts is starting, and one that stops is stopping', () => {
  const refused = (message: string) =>
    Object.assign(new pg.DatabaseError(message, 100, 'error'), { code: '57P03' })
  for (const [message, text] of [
    ['the database system is starting up', 'database starting: the database system is starting up'],
    ['the database system is shutting down', 'database stopping: the database system is shutting down'],
  ] as const)
    assert.equal((postgresFailure(refused(message), 'connect') as Error).message, text)
})
