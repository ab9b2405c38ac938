import { setTimeout as pause } from 'node:timers/promises'
import { decideConfig } from '../config/decide.ts'
import { readKeyFiles, readSecretKey, removePreviousKey, replaceKeyFile } from '../config/secret-key.ts'
import type { Context } from '../context.ts'
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
    await withContext(terminal, async (context) => {
      const to = isInFolder ? keyInFolder(config.dataDir) : (config.secretKey ?? '')
      await rotate(context, terminal, keyIdOf(to))
    })
    if (isInFolder) removePreviousKey(config.dataDir)
    terminal.print(
      isInFolder
        ? 'The old key is no longer needed, except for backups made with it. Store a copy of the new one, the file secret-key.'
        : 'COMSERV_SECRET_KEY_PREVIOUS can be removed from every process. Keep the old key for backups made with it.',
    )
  },
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
