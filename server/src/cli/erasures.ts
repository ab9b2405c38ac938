import { existsSync } from 'node:fs'
import { applyRegister } from '../erasure/register.ts'
import { countDamaged, readRegister } from '../erasure/register-file.ts'
import { listErasures, scrub } from '../erasure/service.ts'
import { counted } from '../import/rows.ts'
import { type Command, CommandError } from './command.ts'
import { registerProblems } from './erasure-register.ts'
import { withContext } from './with-context.ts'

const erasuresList: Command = {
  name: 'erasures list',
  summary: 'List the people who wait to be erased or were, by the ids of their users',
  options: {},
  async run(_, terminal) {
    const rows = await withContext(terminal, listErasures)
    for (const { user_id, due_at, erased_at, scrubbed_at } of rows) {
      const standing = erased_at === null ? `due at ${due_at}` : `erased at ${erased_at}`
      const rest = erased_at !== null && scrubbed_at === null ? ', files not rewritten yet' : ''
      terminal.print(`user ${user_id}  ${standing}${rest}`)
    }
  },
}

const erasuresApply: Command = {
  name: 'erasures apply',
  summary: 'Erase again the people in a register of erasures, after a restore by other tools',
  positionals: ['file'],
  options: {},
  async run(_, terminal, [file = '']) {
    if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`)
    const lines = readRegister(file)
    const { erased, strange } = await withContext(terminal, async (context) => {
      const applied = await applyRegister(context, lines)
      await scrub(context)
      return applied
    })
    terminal.print(
      `${counted(lines.length, 'line')}; erased now: ${erased.length > 0 ? `${erased.length === 1 ? 'user' : 'users'} ${erased.join(', ')}` : 'nobody'}.`,
    )
    const problems = registerProblems({ strange, damaged: countDamaged(file) })
    if (problems.length > 0) throw new CommandError(problems.join(' '))
  },
}

const erasuresScrub: Command = {
  name: 'erasures scrub',
  summary: 'Rewrite the files of the database, so that nothing of erased people is left in free pages',
  options: {},
  async run(_, terminal) {
    const isDone = await withContext(terminal, (context) => scrub(context, { force: true }))
    if (!isDone)
      throw new CommandError('The database is in use by others; try again, or stop the server first.')
    terminal.print(
      'What erasures removed is gone from the files of the database. Texts that name a person remain where the guide “Personal data” says so: documents, and names of credentials and descriptions of webhooks that were handed over.',
    )
  },
}

export const erasuresCommands: readonly Command[] = [erasuresList, erasuresApply, erasuresScrub]
