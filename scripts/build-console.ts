import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isPacked, packClients } from './pack-clients.ts'

/**
 * `npm run build`, and at the end of `npm ci`: builds the documentation site and the console into console/dist, and packs
 * the client libraries into sdk/dist.
 * `--if-missing`, before `npm start`: builds only if there is no build, and reports a failure without stopping the start,
 * because the API works without pages.
 */
const { values } = parseArgs({ options: { 'if-missing': { type: 'boolean' } } })
const onlyIfMissing = values['if-missing'] === true
const consoleDir = join(import.meta.dirname, '../console')

if (!(onlyIfMissing && existsSync(join(consoleDir, 'dist/index.html')))) await buildConsole()
if (!(onlyIfMissing && isPacked())) pack()

async function buildConsole(): Promise<void> {
  const vite = await loadVite()
  if (!vite) {
    tell(
      'The console is not built: Vite is not installed (npm ci without --omit=dev installs it). The API works without it.',
    )
    return
  }
  process.stderr.write('Building the console …\n')
  const startedMs = Date.now()
  try {
    await vite.build({ configFile: join(consoleDir, 'vite.config.ts'), logLevel: 'warn' })
    const { prerender } = await import('../console/prerender/build.ts')
    await prerender(join(consoleDir, 'dist'))
    process.stderr.write(`The console was built in ${Math.round((Date.now() - startedMs) / 1_000)} s.\n`)
  } catch (error) {
    if (!onlyIfMissing) throw error
    tell(
      `The console could not be built; the API works without it. ${error instanceof Error ? error.message : error}`,
    )
  }
}

function pack(): void {
  try {
    packClients()
  } catch (error) {
    if (!onlyIfMissing) throw error
    tell(`The client libraries could not be packed; the API works without them. ${error}`)
  }
}

async function loadVite(): Promise<typeof import('vite') | undefined> {
  try {
    return await import('vite')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return undefined
  }
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
