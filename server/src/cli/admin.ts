import { text as readAll } from 'node:stream/consumers'
import { checkInput } from '../api/input.ts'
import { removeFactorsNamed } from '../second-factors/service.ts'
import { newPasswordLink } from '../sessions/password-link-service.ts'
import { UserCreate } from '../users/schema.ts'
import { createUser } from '../users/service.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, requiredText } from './command.ts'
import { withContext } from './with-context.ts'

const adminCreate: Command = {
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

const adminResetPassword: Command = {
  name: 'admin reset-password',
  summary: 'Print a link with which a user sets a new password, once, within an hour',
  positionals: ['USERNAME'],
  options: { json: { type: 'boolean', describes: 'Print one line of JSON' } },
  async run(values, terminal, [name = '']) {
    const { userId, username, link, expiresAt } = await withContext(terminal, async (context) =>
      newPasswordLink(context, await operator(context), name),
    )
    if (values.json === true)
      return terminal.print(JSON.stringify({ user_id: userId, username, link, expires_at: expiresAt }))
    terminal.print(
      [
        `Open this link to set a new password for '${username}'. It works once, until ${expiresAt}:`,
        '',
        link,
        '',
        'Whoever has the link gets the account. The old password and all sessions end when it is used.',
      ].join('\n'),
    )
  },
}

const adminRemoveSecondFactor: Command = {
  name: 'admin remove-second-factor',
  summary: 'Let a user sign in with the password alone, who has lost the phone and the recovery codes',
  positionals: ['USERNAME'],
  options: {},
  async run(_, terminal, [name = '']) {
    const username = await withContext(terminal, async (context) =>
      removeFactorsNamed(context, await operator(context), name),
    )
    terminal.print(
      `'${username}' has no second factor now. Where the role needs one, the next sign-in sets one up.`,
    )
  },
}

export const adminCommands: readonly Command[] = [adminCreate, adminResetPassword, adminRemoveSecondFactor]
