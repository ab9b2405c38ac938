import { setTimeout as pause } from 'node:timers/promises'
import { decideConfig } from '../config/decide.ts'
import { readKeyFiles, readSecretKey, replaceKeyFile, setPreviousKeyAside } from '../config/secret-key.ts'
import type { Context } from '../context.ts'
import { takeLock } from '../db/folder-lock.ts'
import { counted } from '../import/rows.ts'
import { keyIdOf } from '../lib/vault.ts'
import { beginRotation, endRotation, resealAll, settledMs } from '../secret-key-rotation.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, type Terminal } from './command.ts'
import { withContext } from './with-context.ts'

export const keysRotateMaster: Command = {
  name: 'keys rotate-master',
  summary:
    'Seal everything in the database with a new secret key, beside running servers; resumes if interrupted',
  options: {},
  async run(_, terminal) {
    const config = decideConfig(terminal.env)
    const isInFolder = config.database.kind === 'sqlite' && !config.isSecretKeyGiven
    if (!isInFolder) requireBoth(config.secretKey, config.previousSecretKey)
    const lock = config.database.kind === 'sqlite' ? takeLock(config.dataDir, 'rotate-master.lock') : anyTime
    if (!lock) throw new CommandError(underWay)
    try {
      await withContext(terminal, async (context) => {
        const to = isInFolder ? keyInFolder(config.dataDir) : (config.secretKey ?? '')
        await rotate(context, terminal, keyIdOf(to))
      })
      terminal.print(isInFolder ? putAside(config.dataDir) : keepElsewhere)
    } finally {
      lock.release()
    }
  },
}

/** Without a file that one command could take from another: two of them do the same work, and both end well. */
const anyTime = { release: () => {} }
const underWay =
  'Another keys rotate-master is running on this data folder; wait until it has ended. Nothing was changed.'
const keepElsewhere =
  'COMSERV_SECRET_KEY_PREVIOUS can be removed from every process. Keep the old key as long as you keep backups made with it: they cannot be restored without it.'

function putAside(dataDir: string): string {
  const file = setPreviousKeyAside(dataDir)
  return [
    'Store a copy of the new key, the file secret-key.',
    ...(file === undefined
      ? []
      : [
          `Backups made before now need the old one. It stays in ${file} until you delete it: move it to your backups, and delete it with the last of them.`,
        ]),
  ].join('\n')
}

const roundsMax = 10
const stillSealing =
  'A process still seals with the previous key: restart it with the new settings, then run this command again; it goes on where it ended.'

function requireBoth(secretKey: string | undefined, previous: string | undefined): void {
  if (secretKey !== undefined && previous !== undefined && secretKey !== previous) return
  throw new CommandError(
    'Set COMSERV_SECRET_KEY to a new key (`openssl rand -hex 32`) and COMSERV_SECRET_KEY_PREVIOUS to the one of now, for every process, restart them all, and run this command with the same settings.',
  )
}

/** The key to rotate to: made here, unless an interrupted rotation has made it. */
function keyInFolder(dataDir: string): string {
  const [current, previous] = readKeyFiles(dataDir)
  if (previous === undefined || previous === current) replaceKeyFile(dataDir)
  return readSecretKey(dataDir) ?? ''
}

async function rotate(context: Context, terminal: Terminal, to: string): Promise<void> {
  const actor = await operator(context)
  await beginRotation(context, actor, to)
  const tell = (done: number) => terminal.overwrite?.(counted(done, 'value'))
  let done = await resealAll(context, tell)
  // Servers look every second which key seals.
  await pause(settledMs)
  for (let rounds = 0; !(await endRotation(context, actor)); rounds++) {
    if (rounds === roundsMax) throw new CommandError(stillSealing)
    done += await resealAll(context, tell)
  }
  terminal.print(
    `${counted(done, 'value')} ${done === 1 ? 'is' : 'are'} sealed with the new secret key; its id is ${to}.`,
  )
}
