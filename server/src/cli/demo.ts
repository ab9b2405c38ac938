import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { randomBase62 } from '../access/secret.ts'
import { type Config, decideConfig } from '../config/decide.ts'
import type { Context } from '../context.ts'
import { createCredential } from '../credentials/service.ts'
import { sampleDocumentCount } from '../demo/documents.ts'
import { fillWithSamples } from '../demo/fill.ts'
import { fillUsage, sendWebhooks } from '../demo/recent.ts'
import { administrator, sampleUserCount } from '../demo/users.ts'
import { findByUsername } from '../users/store.ts'
import { operatorActingFor } from './actor.ts'
import type { Command } from './command.ts'
import { serveUntilStopped, withPort } from './serve.ts'

export const demo: Command = {
  name: 'demo',
  summary: `Serve a temporary database with ${sampleUserCount} sample users and ${sampleDocumentCount} documents until SIGTERM or Ctrl-C`,
  options: {},
  async run(_, terminal) {
    const dataDir = mkdtempSync(join(tmpdir(), 'comserv-demo-'))
    const password = randomBase62(16)
    try {
      const env = await withPort(terminal.env)
      const config = demoConfig(env, dataDir)
      await serveUntilStopped(config, terminal, {
        beforeListening: (context) => fill(context, password),
        whenReady: async (context, address) => {
          const owner = await sampleAdministrator(context)
          await sendWebhooks(context, owner)
          terminal.print(greeting(address, await makeCredential(context, owner.id), password))
        },
      })
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** What the environment sets has precedence. */
export function demoConfig(env: NodeJS.ProcessEnv, dataDir: string): Config {
  return decideConfig({
    COMSERV_LOG_LEVEL: 'warn',
    // Receivers that are tried with it run on the same machine.
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8,::1',
    ...env,
    COMSERV_DATA_DIR: dataDir,
    DATABASE_URL: undefined,
  })
}

async function fill(context: Context, password: string): Promise<void> {
  // Losing any of these 400 commits would not matter: only from here on does each one wait for the disk.
  await sql`PRAGMA synchronous = OFF`.execute(context.database.migrating)
  await fillWithSamples(context, password)
  await fillUsage(context, await sampleAdministrator(context))
  await sql`PRAGMA synchronous = FULL`.execute(context.database.migrating)
}

/** Owns what the demo shows: the built-in system account would take the id of the next user. */
async function sampleAdministrator({ database }: Context) {
  const owner = await findByUsername(database.read, administrator)
  if (!owner) throw new Error('The sample administrator is missing.')
  return owner
}

async function makeCredential(context: Context, ownerId: number) {
  const input = { name: 'Demo', scopes: ['read' as const, 'write' as const] }
  const change = createCredential(context, operatorActingFor(ownerId), input)
  const { resource } = await context.database.write(change)
  return resource
}

function greeting(
  address: string,
  { client_id, client_secret }: { client_id: string; client_secret: string },
  password: string,
): string {
  const api = `${address}/api/v1`
  const form = `-d grant_type=client_credentials -d client_id=${client_id} -d client_secret=${client_secret}`
  return `Comserv demo is ready at ${address}, with ${sampleUserCount} users and ${sampleDocumentCount} documents.
Two webhooks send their events to test receivers of this server, one of which fails; a key has been used for 24 hours.
All of it is gone when it stops.

client_id      ${client_id}
client_secret  ${client_secret}   (it is the API key, too)
administrator  ${administrator}, password ${password}   (every sample user has this password)

Three lines to paste: users by key, a token, documents by token.

curl -sw '\\n' -H 'X-API-Key: ${client_secret}' '${api}/users?limit=3'
TOKEN=$(curl -s ${form} ${api}/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'); echo "$TOKEN"
curl -sw '\\n' -H "Authorization: Bearer $TOKEN" '${api}/documents?category=reports&status=published&limit=3'
`
}
