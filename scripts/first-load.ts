import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { root } from './generated.ts'

/** What a browser fetches before the first page shows anything, compressed by gzip: what even old proxies leave through. */
const firstLoadBytesMax = 250_000

/** Builds the console anew, beside what is being served, and weighs the scripts that its page names. */
export async function firstLoadProblems(): Promise<string[]> {
  const outDir = mkdtempSync(join(tmpdir(), 'comserv-console-'))
  try {
    const configFile = join(root, 'console/vite.config.ts')
    await build({ configFile, logLevel: 'silent', build: { outDir, emptyOutDir: true } })
    const bytes = firstLoadBytes(outDir)
    if (bytes <= firstLoadBytesMax) return []
    return [`the first page loads ${kilobytes(bytes)} of script; ${kilobytes(firstLoadBytesMax)} are allowed`]
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

/** The scripts of the page and those that it names to be loaded beside them. */
export function firstLoadBytes(dist: string): number {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path = '']) => path)
  return scripts.reduce((sum, path) => sum + readFileSync(join(dist, `${path}.gz`)).length, 0)
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} KB`
}
