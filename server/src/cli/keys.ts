import { toTimestamp } from '../lib/timestamps.ts'
import { signingAlgs } from '../oauth/key-material.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, text } from './command.ts'
import { withContext } from './with-context.ts'

const keysList: Command = {
  name: 'keys list',
  summary: 'List the keys that sign access tokens, the current one last',
  options: {},
  async run(_, terminal) {
    const keys = await withContext(terminal, async ({ signingKeys }) => {
      await signingKeys.current()
      return signingKeys.alive()
    })
    for (const { kid, alg, createdAt, isCurrent, verifiesUntilMs } of keys) {
      const standing = isCurrent ? 'signs' : `verifies until ${toTimestamp(verifiesUntilMs)}`
      terminal.print([kid, alg, createdAt, standing].join('  '))
    }
  },
}

const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'Sign access tokens with a new key; tokens signed with the old one work until they expire',
  options: {
    alg: { type: 'string', value: signingAlgs.join('|'), describes: 'As the current key unless given' },
  },
  async run(values, terminal) {
    const wanted = text(values, 'alg')
    const alg = signingAlgs.find((known) => known === wanted)
    if (wanted !== undefined && !alg) throw new CommandError(`--alg must be ${signingAlgs.join(' or ')}.`)
    const key = await withContext(terminal, async (context) =>
      context.signingKeys.rotate(await operator(context), alg),
    )
    terminal.print(`The key ${key.kid} (${key.alg}) signs from now on; running servers use it within 10 s.`)
  },
}

export const keysCommands: readonly Command[] = [keysList, keysRotate]
