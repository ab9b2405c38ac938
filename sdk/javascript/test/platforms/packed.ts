import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const source = join(import.meta.dirname, '../..')

/** The package as a stranger gets it: packed, and installed into a folder that held nothing. */
export async function installPacked(): Promise<{ folder: string; paths: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-package-'))
  after(() => rmSync(folder, { recursive: true }))
  const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' }
  // As npm ci or npm run build --workspace comserv has built it: test files run side by side, and a build empties dist.
  const pack = ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: source, env })
  const [packed] = Object.values<{ filename: string; files: { path: string }[] }>(
    JSON.parse(stdout.slice(stdout.search(/[[{]/))),
  )
  if (packed === undefined) throw new Error(`npm pack made nothing: ${stdout}`)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const install = ['install', '--offline', '--silent', join(folder, packed.filename)]
  await run('npm', install, { cwd: folder, env })
  return { folder, paths: packed.files.map(({ path }) => path) }
}
