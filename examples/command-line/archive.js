#!/usr/bin/env node
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Comserv } from 'comserv'

/**
 * Reads documents as the person who signs in:
 *
 *     node archive.js list [WORDS]
 *     node archive.js show ID
 *     node archive.js sign-out
 */
const baseUrl = process.env.COMSERV_URL ?? 'http://127.0.0.1:3000'
const clientId = process.env.CLIENT_ID ?? 'cs_app_…'

/** As private as a password: it acts for the person until they end it. */
const file = join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'archive', 'refresh-token')

const saved = () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)

function save(refreshToken) {
  if (refreshToken === undefined) return rmSync(file, { force: true })
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, refreshToken, { mode: 0o600 })
}

/** Only the first time, it shows a code and waits until the person has entered it in a browser. */
const signIn = () =>
  Comserv.login({
    baseUrl,
    clientId,
    scope: 'openid profile documents:read',
    loadRefreshToken: saved,
    saveRefreshToken: save,
  })

async function list(words) {
  const comserv = await signIn()
  for await (const { id, title } of comserv.documents.list(words ? { q: words } : {})) {
    console.log(`${id}\t${title}`)
  }
}

async function show(id) {
  const comserv = await signIn()
  const { title, content } = await comserv.documents.get(Number(id))
  console.log(`${title}\n\n${content}`)
}

async function signOut() {
  const refreshToken = saved()
  if (refreshToken === undefined) return console.log('Nobody is signed in.')
  await new Comserv({ baseUrl, clientId, refreshToken, saveRefreshToken: save }).signOut()
  console.log('Signed out.')
}

const [command, argument] = process.argv.slice(2)
const commands = { list, show, 'sign-out': signOut }
try {
  if (!Object.hasOwn(commands, command ?? ''))
    throw new Error('Usage: archive list [WORDS] | show ID | sign-out')
  const run = commands[command]
  await run(argument)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
