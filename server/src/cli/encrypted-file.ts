import { createReadStream, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { CommandError, type Terminal, text, type Values } from './command.ts'

/** Loaded where something is encrypted. */
const encryption = () => import('../backups/encryption.ts')

/** Whether age has encrypted it. */
export async function isEncrypted(file: string): Promise<boolean> {
  const { ageMark } = await encryption()
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(ageMark.length), 0, ageMark.length, 0)
  return buffer.toString('latin1', 0, bytesRead) === ageMark
}

/** The keys that `--identity` names. @throws CommandError */
export async function identitiesFor(values: Values, { stdin }: Terminal): Promise<string[]> {
  const name = text(values, 'identity')
  if (name === undefined)
    throw new CommandError(
      'The backup is encrypted: add --identity FILE with the file of the secret key, or --identity - to send it on standard input.',
    )
  const { readIdentities } = await encryption()
  return readIdentities(name === '-' ? await readAll(stdin) : fileText(name))
}

/** @param target must not exist; created with mode 0600 */
export async function decryptFile(
  file: string,
  target: string,
  identities: readonly string[],
): Promise<void> {
  const { decrypted } = await encryption()
  await using handle = await open(target, 'wx', 0o600)
  for await (const chunk of decrypted(createReadStream(file), identities)) await handle.writeFile(chunk)
  await handle.sync()
}

function fileText(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (error) {
    throw new CommandError(
      `The file ${name} of --identity cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    )
  }
}

const charactersMax = 100_000

async function readAll(stdin: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of stdin) {
    all += String(chunk)
    if (all.length > charactersMax) throw new CommandError('Standard input is no secret key: it is too long.')
  }
  return all
}
