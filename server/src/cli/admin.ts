import { text as readAll } from 'node:stream/consumers'
import { checkInput } from '../api/input.ts'
import { UserCreate } from '../users/schema.ts'
import { createUser } from '../users/service.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, requiredText } from './command.ts'
import { withContext } from './with-context.ts'

export const adminCreate: Command = {
  name: 'admin create',
  summary: 'Make an administrator; the password is read from standard input',
  options: {
    username: { type: 'string', value: 'NAME', describes: 'Name to sign in with', required: true },
    email: { type: 'string', value: 'ADDRESS', describes: 'Email address', required: true },
    'password-stdin': { type: 'boolean', describes: 'Read the password from standard input, its first line' },
  },
  async run(values, terminal) {
    if (values['password-stdin'] !== true) {
      throw new CommandError(
        'Give --password-stdin and send the password on standard input: an argument would show in the process list.',
      )
    }
    const input = checkInput(UserCreate, {
      username: requiredText(values, 'username'),
      email: requiredText(values, 'email'),
      password: (await readAll(terminal.stdin)).split(/\r?\n/, 1)[0] ?? '',
      role: 'admin',
    })
    const { resource: user } = await withContext(terminal, async (context) =>
      context.database.write(await createUser(context, await operator(context), input)),
    )
    terminal.print(`The administrator '${user.username}' was made, with id ${user.id}.`)
  },
}
