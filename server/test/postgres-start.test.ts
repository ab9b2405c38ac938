import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import pg from 'pg'
import { freePort } from '../src/config/free-port.ts'
import { postgresUrl } from './fresh-database.ts'
import { install } from './product-process.ts'

const password = 'a-password-that-nobody-may-see'

// The embedded database has no address that could be wrong.
if (postgresUrl !== undefined) {
  const product = await install()
  const url = new URL(product.env.DATABASE_URL ?? '')

  const elsewhere = (change: (url: URL) => void): string => {
    const changed = new URL(url)
    changed.password = password
    change(changed)
    return changed.href
  }

  /** What a command says that cannot use the database: one sentence, nothing else, and no secret. */
  async function complaint(args: readonly string[], databaseUrl: string): Promise<string> {
    const { code, stdout, stderr } = await product.run(args, {
      env: { DATABASE_URL: databaseUrl, COMSERV_LOG_LEVEL: 'silent' },
      stdin: 'correct horse battery\n',
    })
    assert.equal(code, 1, `${stdout}${stderr}`)
    assert.doesNotMatch(stdout + stderr, /\n *at /)
    assert.ok(!`${stdout}${stderr}`.includes(password))
    return stderr
  }

  async function administer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: postgresUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  test('a start says which user, database or host of DATABASE_URL is wrong', async () => {
    const { host } = url
    assert.equal(
      await complaint(
        ['serve'],
        elsewhere(() => {}),
      ),
      `PostgreSQL at ${host} refuses the user 'comserv': the user or the password in DATABASE_URL is wrong.\n`,
    )
    assert.match(
      await complaint(
        ['serve'],
        elsewhere((changed) => (changed.username = 'nobody')),
      ),
      /refuses the user 'nobody'/,
    )
    const withoutDatabase = new URL(url)
    withoutDatabase.pathname = '/nowhere'
    assert.equal(
      await complaint(['serve'], withoutDatabase.href),
      `There is no database 'nowhere' in PostgreSQL at ${host}: create it, or change DATABASE_URL.\n`,
    )
    assert.match(
      await complaint(
        ['serve'],
        elsewhere((changed) => (changed.hostname = 'postgres.invalid')),
      ),
      /^The host 'postgres\.invalid' of DATABASE_URL is not known/,
    )
  })

  test('a database that cannot hold every character is refused', async () => {
    const name = `latin_${process.pid}`
    await administer(
      `create database ${name} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`,
    )
    try {
      const latin = new URL(url)
      latin.pathname = `/${name}`
      assert.match(
        await complaint(['serve'], latin.href),
        /^The database 'latin_\d+' has the encoding LATIN1/,
      )
    } finally {
      await administer(`drop database ${name} with (force)`)
    }
  })

  test('a role that may have no more connections is told so', async () => {
    const name = `crowded_${process.pid}`
    await administer(`create role ${name} login connection limit 0 password '${password}'`)
    try {
      const crowded = elsewhere((changed) => (changed.username = name))
      assert.match(
        await complaint(['credential', 'list'], crowded),
        /allows no more connections for the user 'crowded_/,
      )
    } finally {
      await administer(`drop role ${name}`)
    }
  })

  test('every command ends with a sentence that names the place when nothing accepts connections there', async () => {
    const port = String(await freePort('127.0.0.1'))
    const closed = elsewhere((changed) => (changed.port = port))
    const commands = [
      ['admin', 'create', '--username', 'admin', '--email', 'admin@example.org', '--password-stdin'],
      ['credential', 'create', '--name', 'x', '--scopes', 'read'],
      ['credential', 'list'],
      ['credential', 'rotate', '1'],
      ['credential', 'revoke', '1'],
      ['migrate'],
      ['keys', 'list'],
      ['keys', 'rotate'],
    ]
    for (const args of commands)
      assert.match(
        await complaint(args, closed),
        new RegExp(`^Nothing accepts connections at 127\\.0\\.0\\.1:${port}: `),
        args.join(' '),
      )
  })

  test('another program at the address is told from PostgreSQL', async () => {
    for (const response of ['HTTP/1.1 400 Bad Request\r\n\r\n', '-ERR unknown command\r\n', '']) {
      const other = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => socket.end(response))
      }).listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as { port: number }
      try {
        assert.match(
          await complaint(
            ['credential', 'list'],
            elsewhere((changed) => (changed.port = String(port))),
          ),
          new RegExp(
            `^PostgreSQL does not respond at 127\\.0\\.0\\.1:${port} .*: check the host and the port`,
          ),
          response,
        )
      } finally {
        other.close()
      }
    }
  })

  test('a database that accepts connections and says nothing does not hold a command', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    try {
      assert.match(
        await complaint(
          ['credential', 'list'],
          elsewhere((changed) => (changed.port = String(port))),
        ),
        new RegExp(`127\\.0\\.0\\.1:${port}`),
      )
    } finally {
      silent.close()
    }
  })
}
