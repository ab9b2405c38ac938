import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { AppError } from '../api/errors.ts'
import { ConfigError } from '../config/decide.ts'
import { describeFailure, describeFileFailure } from '../db/describe-failure.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { type Command, CommandError, type Terminal } from './command.ts'

/**
 * By their first word, in the order of the overview. Loaded when they are called: a server does without the modules of
 * the others.
 */
const commands: Readonly<Record<string, () => Promise<readonly Command[]>>> = {
  serve: async () => [(await import('./serve.ts')).serve],
  demo: async () => [(await import('./demo.ts')).demo],
  admin: async () => (await import('./admin.ts')).adminCommands,
  credential: async () => (await import('./credential.ts')).credentialCommands,
  keys: async () => [
    ...(await import('./keys.ts')).keysCommands,
    (await import('./rotate-master.ts')).keysRotateMaster,
  ],
  audit: async () => [(await import('./audit.ts')).auditVerify],
  erasures: async () => (await import('./erasures.ts')).erasuresCommands,
  import: async () => [
    ...(await import('./import.ts')).imports,
    ...(await import('./import-foreign.ts')).foreignImports,
  ],
  migrate: async () => [(await import('./migrate.ts')).migrateCommand],
  backup: async () => [(await import('./backup.ts')).backupCommand],
  backups: async () => (await import('./backups.ts')).backupsCommands,
  restore: async () => [(await import('./restore.ts')).restoreCommand],
  move: async () => [(await import('./move.ts')).moveCommand],
  doctor: async () => [(await import('./doctor.ts')).doctor],
  listen: async () => [(await import('./listen.ts')).listen],
  extension: async () => (await import('./extension.ts')).extensionCommands,
  openapi: async () => [(await import('./openapi.ts')).openapi],
}

const realTerminal: Terminal = {
  env: process.env,
  stdin: process.stdin,
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
  isLeft: () => !process.stdout.writable,
  ...(process.stderr.isTTY ? { overwrite: (line) => process.stderr.write(`\r\x1b[K${line}`) } : {}),
}

/** @returns the exit code: 0 done, 1 refused or failed, 2 not understood */
export async function runCommandLine(args: readonly string[], terminal = realTerminal): Promise<number> {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env')
  } catch (error) {
    terminal.printError(`The file .env of ${process.cwd()} cannot be read: ${(error as Error).message}.`)
    return 1
  }
  const wantsHelp = args.includes('--help') || args.includes('-h')
  const [first = ''] = args
  let group: readonly Command[] = []
  try {
    if (Object.hasOwn(commands, first)) group = (await commands[first]?.()) ?? []
  } catch (error) {
    // An extension that cannot be loaded.
    if (!(error instanceof CommandError)) throw error
    terminal.printError(error.message)
    return 1
  }
  const command = group.find(({ name }) => name.split(' ').every((word, i) => args[i] === word))
  if (!command) {
    const asked =
      args.length === 0 || args[0] === 'help' || (wantsHelp && (group.length > 0 || args[0]?.startsWith('-')))
    if (!asked)
      terminal.printError(`There is no command '${args.filter((arg) => !arg.startsWith('-')).join(' ')}'.\n`)
    ;(asked ? terminal.print : terminal.printError)(group.length > 0 ? overviewOf(group) : await overview())
    return asked ? 0 : 2
  }
  if (wantsHelp) {
    terminal.print(helpOf(command))
    return 0
  }
  return runCommand(command, args.slice(command.name.split(' ').length), terminal)
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parse(command, args)
  if ('problem' in parsed) {
    terminal.printError(`${parsed.problem}\n\n${helpOf(command)}`)
    return 2
  }
  try {
    await command.run(parsed.values, terminal, parsed.positionals)
    return 0
  } catch (error) {
    terminal.printError(explain(error, terminal.env))
    return 1
  }
}

function parse(command: Command, args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(command.options).map(([name, { type, multiple = false }]) => [
          name,
          { type, multiple },
        ]),
      ),
      allowPositionals: (command.positionals?.length ?? 0) > 0,
    })
    const refused = Object.entries(command.options).find(
      ([name]) => values[name] !== undefined && command.options[name]?.refused,
    )
    if (refused) return { problem: refused[1].refused ?? '' }
    const missing = Object.entries(command.options).find(
      ([name, { required }]) => required && values[name] === undefined,
    )
    if (missing) return { problem: `--${missing[0]} is required.` }
    if (positionals.length !== (command.positionals?.length ?? 0)) {
      return {
        problem: `Give ${command.positionals?.map((name) => `<${name}>`).join(' ')}, and nothing more.`,
      }
    }
    return { values, positionals }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Problems that the operator can fix, in one sentence; anything else with its stack. */
function explain(
  error: unknown,
  { DATABASE_URL: databaseUrl, COMSERV_DATA_DIR: dataDir }: NodeJS.ProcessEnv,
): string {
  if (error instanceof DatabaseUnavailable)
    return databaseUrl ? describeFailure(error, databaseUrl) : describeFileFailure(error, dataDir)
  if (error instanceof AppError) return error.details
  if (error instanceof CommandError || error instanceof ConfigError) return error.message
  const { code, message, stack, cause } = error as NodeJS.ErrnoException & { cause?: unknown }
  if (code === 'ENOSPC') return `The disk is full: ${message}.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `A file cannot be used: ${message}.`
  const under = cause instanceof Error ? `\nbecause of: ${cause.stack}` : ''
  return `${stack ?? message}${under}`
}

/** Of the commands whose first word was given. */
function overviewOf(group: readonly Command[]): string {
  const [word] = group[0]?.name.split(' ') ?? []
  return `Usage: comserv ${word} <command> [options]\n\n${listed(group)}\n\nAdd --help to one of them for its options.`
}

function listed(some: readonly Command[]): string {
  const width = Math.max(...some.map(({ name }) => name.length))
  return some.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()))
  return `Usage: comserv <command> [options]\n\n${listed(all.flat())}\n\n'comserv <command> --help' tells its options. Settings are environment variables; see docs/guides/configuration.md.`
}

function helpOf({ name, summary, options, positionals = [] }: Command): string {
  const shown = Object.entries(options).filter(([, { refused }]) => refused === undefined)
  const rows = shown.map(([option, { value, describes, required }]) => ({
    left: `--${option}${value ? ` ${value}` : ''}`,
    right: `${describes}${required ? ' (required)' : ''}`,
  }))
  const width = Math.max(0, ...rows.map(({ left }) => left.length))
  const usage = `Usage: comserv ${[name, ...positionals.map((word) => `<${word}>`), ...(rows.length > 0 ? ['[options]'] : [])].join(' ')}`
  const list = rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`)
  return [usage, '', summary, ...(list.length > 0 ? ['', ...list] : [])].join('\n')
}
